import { get } from "../../../plan/json";
import { code } from "../../brief";
import type { Rule } from "../../rule";

export const readOnlyUpload: Rule = {
  id: "read-only-upload",
  category: "availability",
  severity: "error",
  what: "Files are uploaded into a read-only container",
  why: "The apply always fails.",
  fix: "Drop `read_only`, or bring the files on a volume.",
  fact: 'The provider unpacks uploads at `/`; Docker refuses with "container rootfs is marked read-only".',
  posture: ({ containers }) =>
    containers
      .filter(({ values, uploads }) => get(values, "read_only") === true && uploads.length > 0)
      .map(({ address, name }) => ({
        address,
        message: `${code(name)} is read-only and gets uploads: it cannot be created.`,
      })),
};
