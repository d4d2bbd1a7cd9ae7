import { code } from "../../brief";
import type { Rule } from "../../rule";

export const storageMemoryLow: Rule = {
  id: "storage-memory-low",
  category: "availability",
  severity: "warning",
  what: "RustFS gets less memory than it needs",
  why: "The kernel kills it under load, and the registry answers 503.",
  fix: "Give it at least 2048 MiB.",
  fact: "1 GiB was seen killed (rustfs/rustfs#7702); about 1.1 GiB is its working set.",
  posture: ({ containers }) =>
    containers.flatMap(({ address, name, title, role, memoryMb: memory = 0 }) => {
      return role === "storage" && title === "RustFS" && memory > 0 && memory < 2048
        ? { address, message: `${code(name)} may use ${memory} MiB.` }
        : [];
    }),
};
