import { describe, expect, test } from "vitest";
import {
  addressesOverlap,
  isHostAddress,
  isLoopback,
  isNetwork,
  isPrivate,
  networksOverlap,
} from "../../../constructs/values/ip";

test.each([
  ["127.0.0.0", true],
  ["127.255.255.255", true],
  ["::1", true],
  ["0:0:0:0:0:0:0:1", true],
  ["126.255.255.255", false],
  ["128.0.0.0", false],
  ["0.0.0.0", false],
  ["::", false],
  ["::2", false],
])("loopback: %s %s", (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});

test.each([
  ["127.0.0.1", true],
  ["10.0.0.0", true],
  ["10.255.255.255", true],
  ["172.16.0.0", true],
  ["172.31.255.255", true],
  ["192.168.0.0", true],
  ["100.64.0.0", true],
  ["169.254.0.1", true],
  ["fd00::1", true],
  ["fe80::1", true],
  ["9.255.255.255", false],
  ["11.0.0.0", false],
  ["172.15.255.255", false],
  ["172.32.0.0", false],
  ["192.169.0.0", false],
  ["0.0.0.0", false],
  ["::", false],
  ["2001:db8::1", false],
])("private: %s %s", (address, expected) => {
  expect(isPrivate(address)).toBe(expected);
});

test.each([
  ["127.0.0.1", "127.0.0.1", true],
  ["127.0.0.1", "127.0.0.2", false],
  ["0.0.0.0", "10.0.0.1", true],
  ["0.0.0.0", "::1", false],
  ["::", "::1", true],
  ["::", "10.0.0.1", false],
  ["::", "0.0.0.0", false],
  ["0.0.0.0", "0.0.0.0", true],
  ["::1", "0:0:0:0:0:0:0:1", true],
])("addresses %s and %s overlap: %s", (a, b, expected) => {
  expect(addressesOverlap(a, b)).toBe(expected);
  expect(addressesOverlap(b, a)).toBe(expected);
});

test.each([
  ["10.0.0.0/8", true],
  ["10.0.0.0/29", true],
  ["10.0.0.0/7", false],
  ["10.0.0.0/30", false],
  ["10.0.0.8/28", false],
  ["10.0.0.16/28", true],
  ["10.0.0.0/", false],
  ["10.0.0/24", false],
  ["fd00::/64", false],
])("network: %s %s", (cidr, expected) => {
  expect(isNetwork(cidr)).toBe(expected);
});

test.each([
  ["10.0.0.0/24", "10.0.1.0/24", false],
  ["10.0.0.0/23", "10.0.1.0/24", true],
  ["10.0.0.0/24", "10.0.0.0/24", true],
  ["10.0.0.0/8", "11.0.0.0/8", false],
  ["224.0.0.0/8", "224.1.0.0/16", true],
])("networks %s and %s overlap: %s", (a, b, expected) => {
  expect(networksOverlap(a, b)).toBe(expected);
  expect(networksOverlap(b, a)).toBe(expected);
});

describe("a host's address in 10.0.0.8/29", () => {
  test.each([
    ["10.0.0.7", false],
    ["10.0.0.8", false],
    ["10.0.0.9", true],
    ["10.0.0.14", true],
    ["10.0.0.15", false],
    ["10.0.0.16", false],
    ["::1", false],
  ])("%s: %s", (address, expected) => {
    expect(isHostAddress("10.0.0.8/29", address)).toBe(expected);
  });
});
