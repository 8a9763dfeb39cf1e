/** Fills a template in. */
import { callFunction, type TemplateFunctions } from "./functions.ts";
import { badTemplate } from "./lexer.ts";
import { type Command, type Node, type Operand, type Pipeline, parseTemplate, type Template } from "./parser.ts";
import { Int, isMap, isTrue, printValue, type Value } from "./values.ts";

const MAX_DEPTH = 100;
/** A template that writes more than this is a mistake, characters. */
const MAX_OUTPUT = 1024 * 1024;

class Loop extends Error {
  readonly word: "break" | "continue";
  constructor(word: "break" | "continue") {
    super(word);
    this.word = word;
  }
}

/**
 * @param data what `.` and `$` are at first
 * @throws {DmonError} `bad_template`
 */
function executeTemplate(template: Template, data: Value, functions: TemplateFunctions): string {
  return new Execution(template, functions).run(template.root, data, 0);
}

/** Parses and fills in at once. */
export function expandTemplate(source: string, data: Value, functions: TemplateFunctions): string {
  return executeTemplate(parseTemplate(source), data, functions);
}

class Execution {
  readonly #template: Template;
  readonly #functions: TemplateFunctions;
  #out = "";

  constructor(template: Template, functions: TemplateFunctions) {
    this.#template = template;
    this.#functions = functions;
  }

  run(nodes: readonly Node[], data: Value, depth: number): string {
    if (depth > MAX_DEPTH) throw badTemplate("templates call each other too deeply");
    this.#nodes(nodes, data, [["$", data]], depth);
    return this.#out;
  }

  #nodes(nodes: readonly Node[], dot: Value, outer: readonly [string, Value][], depth: number): void {
    // Entries are shared, the list is not: what is assigned within stays, what is declared within goes.
    const scope = new Scope(outer.slice());
    for (const node of nodes) this.#node(node, dot, scope, depth);
  }

  #node(node: Node, dot: Value, scope: Scope, depth: number): void {
    switch (node.type) {
      case "text":
        this.#write(node.text);
        return;
      case "pipeline": {
        const value = this.#pipeline(node.pipeline, dot, scope);
        if (node.pipeline.variables.length === 0) this.#write(printValue(value));
        return;
      }
      case "if":
      case "with": {
        const inner = scope.child();
        const value = this.#pipeline(node.pipeline, dot, inner);
        if (isTrue(value)) this.#nodes(node.body, node.type === "with" ? value : dot, inner.variables, depth);
        else this.#nodes(node.otherwise, dot, inner.variables, depth);
        return;
      }
      case "range":
        this.#range(node, dot, scope, depth);
        return;
      case "template": {
        const body = this.#template.defined.get(node.name);
        if (body === undefined) throw badTemplate(`template ${JSON.stringify(node.name)} not defined`);
        const data = node.pipeline === undefined ? undefined : this.#pipeline(node.pipeline, dot, scope);
        if (depth >= MAX_DEPTH) throw badTemplate("templates call each other too deeply");
        this.#nodes(body, data, [["$", data]], depth + 1);
        return;
      }
      default:
        throw new Loop(node.type);
    }
  }

  #range(node: Node & { type: "range" }, dot: Value, scope: Scope, depth: number): void {
    const inner = scope.child();
    const list = this.#pipeline({ ...node.pipeline, variables: [] }, dot, inner);
    const entries = entriesOf(list);
    if (entries.length === 0) {
      this.#nodes(node.otherwise, dot, inner.variables, depth);
      return;
    }
    const { variables } = node.pipeline;
    for (const [key, value] of entries) {
      const each = inner.child();
      if (variables.length === 1) each.declare(variables[0]!, value);
      if (variables.length === 2) {
        each.declare(variables[0]!, key);
        each.declare(variables[1]!, value);
      }
      try {
        this.#nodes(node.body, value, each.variables, depth);
      } catch (error) {
        if (!(error instanceof Loop)) throw error;
        if (error.word === "break") return;
      }
    }
  }

  #pipeline({ variables, declares, commands }: Pipeline, dot: Value, scope: Scope): Value {
    let value: Value;
    commands.forEach((command, i) => {
      value = this.#command(command, dot, scope, i === 0 ? [] : [value]);
    });
    for (const name of variables) {
      if (declares) scope.declare(name, value);
      else scope.assign(name, value);
    }
    return value;
  }

  #command(command: Command, dot: Value, scope: Scope, last: readonly Value[]): Value {
    const [first, ...rest] = command as [Operand, ...Operand[]];
    if (first.type !== "function") {
      if (rest.length > 0 || last.length > 0) throw badTemplate("can't give argument to non-function");
      return this.#operand(first, dot, scope);
    }
    // Like Go, `and` and `or` evaluate no more than they need.
    if (first.name === "and" || first.name === "or") {
      let value: Value;
      for (const operand of rest) {
        value = this.#operand(operand, dot, scope);
        if (isTrue(value) === (first.name === "or")) return value;
      }
      return last.length > 0 ? last[0] : value;
    }
    const args = rest.map((operand) => this.#operand(operand, dot, scope));
    return callFunction(first.name, [...args, ...last], this.#functions);
  }

  #operand(operand: Operand, dot: Value, scope: Scope): Value {
    switch (operand.type) {
      case "constant":
        return typeof operand.value === "number" && operand.isInteger ? new Int(operand.value) : operand.value;
      case "dot":
        return dot;
      case "variable":
        return scope.get(operand.name);
      case "function":
        return callFunction(operand.name, [], this.#functions);
      case "nested":
        return this.#pipeline(operand.pipeline, dot, scope);
      case "field":
        return fieldOf(this.#operand(operand.of, dot, scope), operand.name);
    }
  }

  #write(text: string): void {
    this.#out += text;
    if (this.#out.length > MAX_OUTPUT) throw badTemplate(`the text grows beyond ${MAX_OUTPUT} characters`);
  }
}

class Scope {
  readonly variables: [string, Value][];

  constructor(variables: [string, Value][]) {
    this.variables = variables;
  }

  child(): Scope {
    return new Scope(this.variables.slice());
  }

  declare(name: string, value: Value): void {
    this.variables.push([name, value]);
  }

  /** Entries are shared with enclosing scopes, so that an assignment reaches them. */
  assign(name: string, value: Value): void {
    const entry = this.variables.findLast(([known]) => known === name);
    if (entry === undefined) throw badTemplate(`undefined variable ${JSON.stringify(name)}`);
    entry[1] = value;
  }

  get(name: string): Value {
    return this.variables.findLast(([known]) => known === name)?.[1];
  }
}

/** A label that is missing is empty; a field of something without fields is an error. */
function fieldOf(value: Value, name: string): Value {
  if (isMap(value)) return Object.hasOwn(value, name) ? value[name] : isLabelMap(value) ? "" : undefined;
  if (value === undefined || value === null) throw badTemplate(`nil data; no entry for key ${JSON.stringify(name)}`);
  throw badTemplate(`can't evaluate field ${name} in type ${typeof value}`);
}

function isLabelMap(value: { readonly [key: string]: Value }): boolean {
  return Object.values(value).every((one) => typeof one === "string");
}

function entriesOf(list: Value): (readonly [Value, Value])[] {
  if (list === undefined || list === null) return [];
  if (Array.isArray(list)) return list.map((value, i) => [new Int(i), value as Value]);
  if (isMap(list))
    return Object.keys(list)
      .sort()
      .map((key) => [key, list[key]]);
  if (list instanceof Int) return Array.from({ length: Math.max(0, list.value) }, (_, i) => [new Int(i), new Int(i)]);
  throw badTemplate(`range can't iterate over ${printValue(list)}`);
}
