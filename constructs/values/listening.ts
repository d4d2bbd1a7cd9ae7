/** The port that each program listens on in its container. */
export const LISTENING = {
  registry: 5000,
  s3: 9000,
  console: 9001,
  prometheus: 9090,
  alertmanager: 9093,
  perses: 8080,
  token: 5001,
};
