import type { Construct } from "constructs";
import type { ContainerFile } from "../platform/platform";
import { check } from "../rules/checks";
import { ACCESS } from "../values/defaults";
import type { Problem } from "../values/errors";
import { pathFromStack } from "../values/local-path";
import { localPath, REASON } from "../values/names";
import type { LdapOptions } from "./options";
import { DIRECTORY, DN, LDAP_FILTER, LDAP_URL } from "./values";

const CA_FILE = `${DIRECTORY}/ldap-ca.pem`;
const PASSWORD_FILE = `${DIRECTORY}/ldap-password`;

/** docker_auth's `ldap_auth`. */
export function ldapSettings({ url, startTls, caFile, base, filter = ACCESS.ldapFilter, bindDn }: LdapOptions) {
  const { protocol, hostname, port } = new URL(url);
  const isTls = protocol === "ldaps:";
  return {
    addr: `${hostname}:${port || (isTls ? 636 : 389)}`,
    tls: isTls ? "always" : startTls ? "starttls" : "none",
    ...(caFile && { ca_certificate: CA_FILE }),
    base,
    filter,
    ...(bindDn && { bind_dn: bindDn, bind_password_file: PASSWORD_FILE }),
  };
}

/** @param password a token of the password for `bindDn` */
export function ldapFiles(scope: Construct, { caFile, bindDn }: LdapOptions, password?: string): ContainerFile[] {
  return [
    ...(caFile ? [{ path: CA_FILE, source: pathFromStack(scope, caFile) }] : []),
    ...(bindDn && password ? [{ path: PASSWORD_FILE, content: password, mode: "0400" }] : []),
  ];
}

/** What is wrong with the single options. */
export function ldapProblems({ url, caFile, base, filter, bindDn, reason }: LdapOptions): (Problem | undefined)[] {
  return [
    check("ldap.url", url, LDAP_URL),
    check("ldap.caFile", caFile, localPath("name the PEM file with the CA of the LDAP server")),
    check("ldap.base", base, DN),
    check("ldap.filter", filter, LDAP_FILTER),
    check("ldap.bindDn", bindDn, DN),
    check("ldap.reason", reason, REASON),
  ];
}
