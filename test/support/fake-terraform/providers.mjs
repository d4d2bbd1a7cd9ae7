// Which provider an object is made by.
import * as docker from "./docker.mjs";
import * as kubernetes from "./kubernetes.mjs";

/** @param variables of the run */
export function connect(config, variables) {
  return { docker: docker.connect(config), kubernetes: kubernetes.connect(config, variables) };
}

const by =
  (ofDocker, ofKubernetes) =>
  (connected, type, ...rest) =>
    kubernetes.isKubernetes(type)
      ? ofKubernetes(connected.kubernetes, type, ...rest)
      : ofDocker(connected.docker, type, ...rest);

export const refresh = by(docker.refresh, kubernetes.refresh);
export const create = by(docker.create, kubernetes.create);
export const update = by(docker.update, kubernetes.update);
export const destroy = by(docker.destroy, kubernetes.destroy);
