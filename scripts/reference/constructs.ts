import { resolve } from "node:path";
import ts from "typescript";
import { cell, GENERATED, table } from "./markdown";

const ENTRY = resolve(__dirname, "../../constructs/index.ts");

/** What the package exports, with the comments of the sources: constructs first, then their options, then the rest. */
export function constructsReference(): string {
  const program = ts.createProgram([ENTRY], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    skipLibCheck: true,
    types: ["node"],
  });
  return new Reference(program.getTypeChecker()).render(program.getSourceFile(ENTRY));
}

class Reference {
  private anchors: ReadonlyMap<string, string> = new Map();

  private readonly checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.checker = checker;
  }

  public render(entry: ts.SourceFile | undefined): string {
    const module = entry && this.checker.getSymbolAtLocation(entry);
    if (!module) throw new Error(`${ENTRY} exports nothing`);
    const all = this.checker.getExportsOfModule(module).map((symbol) => this.resolve(symbol));
    const groups: [string, ts.Symbol[]][] = [
      ["Constructs", all.filter((symbol) => this.isConstruct(symbol))],
      ["Options", all.filter((symbol) => isInterface(symbol))],
      ["Types", all.filter((symbol) => symbol.flags & ts.SymbolFlags.TypeAlias)],
      ["Other classes", all.filter((symbol) => isClass(symbol) && !this.isConstruct(symbol))],
      [
        "Functions and constants",
        all.filter((symbol) => symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Variable)),
      ],
    ];
    for (const [, symbols] of groups) symbols.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.anchors = anchors(groups.flatMap(([, symbols]) => symbols.map(({ name }) => name)));
    return [
      "# Constructs",
      GENERATED,
      'Everything that `import { … } from "cdktf-private-registry"` offers.',
      groups
        .map(([title, symbols]) => `**${title}**: ${symbols.map(({ name }) => this.link(name)).join(" · ")}`)
        .join("\n\n"),
      ...groups.flatMap(([, symbols]) => symbols.flatMap((symbol) => this.describe(symbol))),
      "",
    ].join("\n\n");
  }

  private describe(symbol: ts.Symbol): string[] {
    const head = [`## ${symbol.name}`, ...this.comment(symbol)];
    if (isClass(symbol)) return [...head, ...this.classParts(symbol)];
    if (isInterface(symbol)) return [...head, ...this.extends(symbol), this.options(symbol)];
    const declaration = symbol.declarations?.[0];
    return declaration ? [...head, `\`${signature(declaration)}\``] : head;
  }

  private classParts(symbol: ts.Symbol): string[] {
    const declaration = symbol.declarations?.find(ts.isClassDeclaration);
    const members = declaration?.members.filter(isPublic) ?? [];
    const made = members.find(ts.isConstructorDeclaration);
    const constructed =
      made &&
      `\`new ${symbol.name}(${made.parameters.map((one) => one.getText().replace(/^(public|private) readonly /, "")).join(", ")})\``;
    const rows = members
      .filter((member) => !ts.isConstructorDeclaration(member))
      .map((member) => this.member(symbol.name, member));
    return [...(constructed ? [constructed] : []), ...(rows.length > 0 ? [table(["member", "meaning"], rows)] : [])];
  }

  private member(owner: string, member: ts.ClassElement): string[] {
    const isStatic = ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Static;
    const symbol = member.name && this.checker.getSymbolAtLocation(member.name);
    const name = member.name?.getText() ?? "";
    const call = ts.isMethodDeclaration(member)
      ? `(${member.parameters.map((one) => one.getText()).join(", ")}): ${member.type?.getText()}`
      : typeOf(member);
    const comment = symbol ? this.text(symbol) : "";
    return [`\`${isStatic ? `${owner}.` : ""}${name}${cell(call)}\``, cell(comment)];
  }

  private options(symbol: ts.Symbol): string {
    const members = symbol.members ? [...symbol.members.values()] : [];
    return table(
      ["option", "type", "meaning", "default"],
      members.map((member) => {
        const declaration = member.declarations?.[0];
        const isOptional = declaration && ts.isPropertySignature(declaration) && declaration.questionToken;
        const type =
          declaration && ts.isPropertySignature(declaration)
            ? (declaration.type?.getText() ?? "")
            : signature(declaration);
        return [
          `\`${member.name}\``,
          this.type(type),
          cell(this.text(member)),
          isOptional ? cell(this.tag(member, "default")) : "*required*",
        ];
      }),
    );
  }

  /** A type as code, and links to those of its parts that are on this page. */
  private type(text: string): string {
    const known = [...new Set(text.match(/[A-Z]\w+/g) ?? [])].filter((name) => this.anchors.has(name));
    const short = text.length > 90 ? `${text.replace(/\s+/g, " ").slice(0, 87)}…` : text;
    return [`\`${cell(short).replaceAll("&lt;", "<")}\``, ...known.map((name) => this.link(name))]
      .join(" → ")
      .replace(/ → (?=.* → )/g, " → ");
  }

  private link(name: string): string {
    return `[${name}](#${this.anchors.get(name)})`;
  }

  private extends(symbol: ts.Symbol): string[] {
    const parents = symbol.declarations
      ?.find(ts.isInterfaceDeclaration)
      ?.heritageClauses?.flatMap(({ types }) => types.map((one) => one.getText()));
    return parents
      ? [
          `Also everything of ${parents.map((name) => (this.anchors.has(name) ? this.link(name) : `\`${name}\``)).join(", ")}.`,
        ]
      : [];
  }

  private comment(symbol: ts.Symbol): string[] {
    const example = this.tag(symbol, "example");
    const text = ts.displayPartsToString(symbol.getDocumentationComment(this.checker));
    return [...(text ? [text] : []), ...(example ? [`\`\`\`typescript\n${example}\n\`\`\``] : [])];
  }

  private text(symbol: ts.Symbol): string {
    const throws = this.tag(symbol, "throws");
    return [ts.displayPartsToString(symbol.getDocumentationComment(this.checker)), throws && `Throws ${throws}.`]
      .filter(Boolean)
      .join(" ");
  }

  private tag(symbol: ts.Symbol, name: string): string {
    const tag = symbol.getJsDocTags(this.checker).find((one) => one.name === name);
    return ts.displayPartsToString(tag?.text).replace(/^- /, "");
  }

  private resolve(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  private isConstruct(symbol: ts.Symbol): boolean {
    const declaration = symbol.declarations?.find(ts.isClassDeclaration);
    return declaration?.heritageClauses?.some((clause) => clause.getText().includes("Construct")) ?? false;
  }
}

const isClass = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Class) !== 0;
const isInterface = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Interface) !== 0 && !isClass(symbol);

/** Where each heading is; of two that differ in case only, the later one gets a number. */
function anchors(names: readonly string[]): Map<string, string> {
  const count = new Map<string, number>();
  return new Map(
    names.map((name) => {
      const plain = name.toLowerCase();
      const before = count.get(plain) ?? 0;
      count.set(plain, before + 1);
      return [name, before === 0 ? plain : `${plain}-${before}`];
    }),
  );
}

function isPublic(member: ts.ClassElement): boolean {
  return (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) === 0;
}

function typeOf(member: ts.ClassElement): string {
  if (ts.isPropertyDeclaration(member)) return member.type ? `: ${member.type.getText()}` : "";
  return ts.isGetAccessorDeclaration(member) && member.type ? `: ${member.type.getText()}` : "";
}

/** A declaration without its body. */
function signature(declaration?: ts.Declaration): string {
  if (!declaration) return "";
  const text = declaration.getText();
  const body =
    ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration) ? declaration.body : undefined;
  const short = body ? text.slice(0, text.length - body.getText().length) : text;
  return short
    .replace(/\s+/g, " ")
    .replace(/^export /, "")
    .slice(0, 200)
    .trim();
}
