import { dirname } from "node:path";
import ts from "typescript";

/** Declarations that were parsed: most of the time of a small program goes into cdktf's and the provider's. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * Checks the types of the files that a project names; what they import is checked by `npm run check`.
 * @returns what is wrong, as `tsc` prints it
 */
export function typeCheck(tsconfig: string): string {
  const { config, error } = ts.readConfigFile(tsconfig, ts.sys.readFile);
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(tsconfig));
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const read = host.getSourceFile;
  host.getSourceFile = (file, language, ...rest) => {
    if (!file.includes("/node_modules/") || !file.endsWith(".d.ts")) return read(file, language, ...rest);
    const { languageVersion, impliedNodeFormat } =
      typeof language === "object" ? language : { languageVersion: language };
    const key = [file, languageVersion, impliedNodeFormat, options.moduleDetection].join("|");
    if (!parsed.has(key)) parsed.set(key, read(file, language, ...rest));
    return parsed.get(key);
  };
  const program = ts.createProgram(fileNames, { ...options, noEmit: true }, host);
  const found = [
    ...(error ? [error] : []),
    ...[...errors, ...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()],
    ...fileNames.flatMap((name) => ts.getPreEmitDiagnostics(program, program.getSourceFile(name))),
  ];
  return ts.formatDiagnostics(found, host);
}
