/** Builds the tree of a Go text template: text, pipelines, `if`, `range`, `with`, `define`, `template`, `block`. */
import { isFunction } from "./functions.ts";
import { badTemplate, type Piece, splitTemplate, type Token } from "./lexer.ts";

export type Node =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "pipeline"; readonly pipeline: Pipeline }
  | {
      readonly type: "if" | "with";
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | {
      readonly type: "range";
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
    }
  | { readonly type: "template"; readonly name: string; readonly pipeline: Pipeline | undefined }
  | { readonly type: "break" | "continue" };

export interface Pipeline {
  /** Variables that are set to the result: one, or index and element of a `range`. */
  readonly variables: readonly string[];
  /** True for `:=`, false for `=`. */
  readonly declares: boolean;
  /** Each command gets the result of the one before as its last argument. */
  readonly commands: readonly Command[];
}

/** The first operand is what is called, where it is callable. */
export type Command = readonly Operand[];

export type Operand =
  | { readonly type: "constant"; readonly value: string | number | boolean | null; readonly isInteger?: boolean }
  | { readonly type: "dot" }
  | { readonly type: "variable"; readonly name: string }
  | { readonly type: "function"; readonly name: string }
  | { readonly type: "nested"; readonly pipeline: Pipeline }
  | { readonly type: "field"; readonly of: Operand; readonly name: string };

export interface Template {
  readonly root: readonly Node[];
  readonly defined: ReadonlyMap<string, readonly Node[]>;
}

const BLOCKS = new Set(["if", "with", "range"]);

/** @throws {DmonError} `bad_template` */
export function parseTemplate(source: string): Template {
  const parser = new Parser(splitTemplate(source));
  const root = parser.nodes([]);
  return { root: root.nodes, defined: parser.defined };
}

class Parser {
  readonly defined = new Map<string, readonly Node[]>();
  readonly #pieces: readonly Piece[];
  #at = 0;
  /** Names of variables in scope, innermost last. */
  #scopes: Set<string>[] = [new Set(["$"])];

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  /** Reads nodes up to an action that begins with one of `until`; with none, to the end. */
  nodes(until: readonly string[]): { nodes: Node[]; end: string; tokens: readonly Token[] } {
    const nodes: Node[] = [];
    while (this.#at < this.#pieces.length) {
      const piece = this.#pieces[this.#at++]!;
      if (piece.type === "text") {
        nodes.push(piece);
        continue;
      }
      const word = piece.tokens[0]?.type === "identifier" ? piece.tokens[0].value : "";
      if (until.includes(word)) return { nodes, end: word, tokens: piece.tokens.slice(1) };
      if (word === "end" || word === "else") throw badTemplate(`unexpected {{${word}}}`);
      const node = this.#action(word, piece.tokens);
      if (node !== undefined) nodes.push(node);
    }
    if (until.length > 0) throw badTemplate("unexpected EOF");
    return { nodes, end: "", tokens: [] };
  }

  #action(word: string, tokens: readonly Token[]): Node | undefined {
    if (BLOCKS.has(word)) return this.#block(word as "if" | "with" | "range", tokens.slice(1));
    if (word === "break" || word === "continue") return { type: word };
    if (word === "define" || word === "block" || word === "template") return this.#named(word, tokens.slice(1));
    return { type: "pipeline", pipeline: this.#pipeline(tokens) };
  }

  #block(type: "if" | "with" | "range", tokens: readonly Token[]): Node {
    this.#scopes.push(new Set());
    const pipeline = this.#pipeline(tokens, type === "range");
    const { nodes: body, end, tokens: rest } = this.nodes(["end", "else"]);
    let otherwise: Node[] = [];
    if (end === "else") {
      const next = rest[0];
      if (next === undefined) otherwise = this.nodes(["end"]).nodes;
      else if (next.type === "identifier" && (next.value === "if" || next.value === "with")) {
        otherwise = [this.#block(next.value, rest.slice(1))];
      } else throw badTemplate("unexpected words after else");
    }
    this.#scopes.pop();
    return { type, pipeline, body, otherwise };
  }

  #named(word: string, tokens: readonly Token[]): Node | undefined {
    const [name, ...rest] = tokens;
    if (name?.type !== "string") throw badTemplate(`unexpected name after {{${word}}}: a quoted string is needed`);
    const pipeline = rest.length === 0 ? undefined : this.#pipeline(rest);
    if (word === "template") return { type: "template", name: name.value, pipeline };
    const scopes = this.#scopes;
    this.#scopes = [new Set(["$"])];
    this.defined.set(name.value, this.nodes(["end"]).nodes);
    this.#scopes = scopes;
    return word === "block" ? { type: "template", name: name.value, pipeline } : undefined;
  }

  #pipeline(tokens: readonly Token[], isRange = false): Pipeline {
    const cursor = new Cursor(tokens);
    const { variables, declares } = this.#declaration(cursor, isRange);
    const commands = this.#commands(cursor, false);
    // Declared after its own value is read: `{{ $x := $x }}` needs an outer $x.
    if (declares) for (const name of variables) this.#scopes.at(-1)!.add(name);
    return { variables, declares, commands };
  }

  #declaration(cursor: Cursor, isRange: boolean): { variables: string[]; declares: boolean } {
    const [first, second, third, fourth] = [0, 1, 2, 3].map((ahead) => cursor.peek(ahead));
    if (first?.type !== "variable") return { variables: [], declares: false };
    if (
      isRange &&
      second?.value === "," &&
      third?.type === "variable" &&
      (fourth?.value === ":=" || fourth?.value === "=")
    ) {
      cursor.skip(4);
      return { variables: [first.value, third.value], declares: fourth.value === ":=" };
    }
    if (second?.type === "char" && (second.value === ":=" || second.value === "=")) {
      cursor.skip(2);
      if (second.value === "=") this.#mustKnow(first.value);
      return { variables: [first.value], declares: second.value === ":=" };
    }
    return { variables: [], declares: false };
  }

  #commands(cursor: Cursor, isNested: boolean): Command[] {
    const commands: Command[] = [];
    let operands: Operand[] = [];
    const finish = (): void => {
      if (operands.length === 0) throw badTemplate("missing value for command");
      const [first] = operands;
      if (commands.length > 0 && first!.type === "constant") throw badTemplate("non executable command in pipeline");
      commands.push(operands);
      operands = [];
    };
    for (;;) {
      const token = cursor.peek(0);
      if (token === undefined || (isNested && token.type === "char" && token.value === ")")) {
        if (isNested && token === undefined) throw badTemplate("unclosed left paren");
        cursor.skip(1);
        finish();
        return commands;
      }
      if (token.type === "char" && token.value === "|") {
        cursor.skip(1);
        finish();
      } else operands.push(this.#operand(cursor));
    }
  }

  #operand(cursor: Cursor): Operand {
    const token = cursor.next();
    let operand: Operand = this.#simple(token, cursor);
    for (let next = cursor.peek(0); next?.type === "field" && next.glued; next = cursor.peek(0)) {
      cursor.skip(1);
      operand = { type: "field", of: operand, name: next.value };
    }
    return operand;
  }

  #simple(token: Token, cursor: Cursor): Operand {
    switch (token.type) {
      case "string":
        return { type: "constant", value: token.value };
      case "number":
        return { type: "constant", value: token.value, isInteger: token.isInteger };
      case "variable":
        this.#mustKnow(token.value);
        return { type: "variable", name: token.value };
      case "field":
        return token.value === "" ? { type: "dot" } : { type: "field", of: { type: "dot" }, name: token.value };
      case "identifier":
        if (token.value === "true" || token.value === "false")
          return { type: "constant", value: token.value === "true" };
        if (token.value === "nil") return { type: "constant", value: null };
        // Known when it is read, as in Go: a branch that is not taken today fails today.
        if (!isFunction(token.value)) throw badTemplate(`function ${JSON.stringify(token.value)} not defined`);
        return { type: "function", name: token.value };
      case "char":
        if (token.value !== "(") throw badTemplate(`unexpected ${JSON.stringify(token.value)} in operand`);
        return { type: "nested", pipeline: { variables: [], declares: false, commands: this.#commands(cursor, true) } };
    }
  }

  #mustKnow(name: string): void {
    if (!this.#scopes.some((scope) => scope.has(name))) throw badTemplate(`undefined variable ${JSON.stringify(name)}`);
  }
}

class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(ahead: number): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  next(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw badTemplate("missing value");
    return token;
  }

  skip(count: number): void {
    this.#at += count;
  }
}
