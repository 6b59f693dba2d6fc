import { holds, resolve } from './intrinsics.ts';
import { isEmulated, resourceTypes } from './resource-types.ts';
import type { Stack } from './stacks.ts';

/** Where the assembly is to run. */
export type Environment = {
  region: string;
  account: string;
  /** Origin of the queue URLs: `http://127.0.0.1:<port>`. */
  queueUrlBase: string;
  /**
   * What an HTTP API's `ApiEndpoint` resolves to, without a slash at the end.
   *
   * @default `https://<api id>.execute-api.<region>.amazonaws.com`
   */
  apiUrl?: string;
};

/** One resource of a template whose condition holds. Properties are resolved when they are asked for. */
export class Resource {
  readonly stack: Stack;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Record<string, unknown>;
  readonly #assembly: Resources;

  constructor(assembly: Resources, stack: Stack, logicalId: string) {
    const { Type, Properties } = stack.template.Resources?.[logicalId] ?? { Type: 'a missing resource' };
    this.stack = stack;
    this.logicalId = logicalId;
    this.type = Type;
    this.properties = Properties ?? {};
    this.#assembly = assembly;
  }

  /** `<stack>/<logicalId>`, for messages. */
  get path(): string {
    return `${this.stack.name}/${this.logicalId}`;
  }

  /** The physical name or, for what has none, the id. */
  get name(): string {
    const type = resourceTypes[this.type];
    if (!type) throw this.notEmulated(`a reference to ${this.type}`);
    const fixed = type.nameProperty && this.get(type.nameProperty);
    return fixed ? String(fixed) : type.generate(this.stack.name, this.logicalId, this.properties);
  }

  get ref(): string {
    return resourceTypes[this.type]?.ref(this.name, this.#assembly.env, (property) => this.get(property)) ?? this.name;
  }

  attribute(attribute: string): string {
    const shape = resourceTypes[this.type]?.attributes[attribute];
    if (!shape) throw this.notEmulated(`Fn::GetAtt ${attribute} of ${this.type}`);
    return shape(this.name, this.#assembly.env, (property) => this.get(property));
  }

  get(property: string): unknown {
    return resolve(this.properties[property], { assembly: this.#assembly, stack: this.stack, path: this.path });
  }

  text(property: string): string {
    const value = this.get(property);
    if (typeof value === 'string') return value;
    throw new Error(
      `[syncline] [laptop] ${this.path}: ${property} of ${this.type} is ${JSON.stringify(value)}, not a text`,
    );
  }

  number(property: string, otherwise: number): number {
    const value = this.get(property);
    return value === undefined ? otherwise : Number(value);
  }

  /** A property that is neither emulated nor harmless to leave out is refused by name. */
  allow(properties: readonly string[]): this {
    const unknown = Object.keys(this.properties).find((property) => !properties.includes(property));
    if (unknown) throw this.notEmulated(`${unknown} of ${this.type}`);
    return this;
  }

  notEmulated(what: string): Error {
    return new Error(`[syncline] [laptop] ${this.path}: ${what} is not emulated`);
  }
}

/** The resources of all stacks. */
export class Resources {
  readonly env: Environment;
  readonly stacks: Stack[];
  readonly #all: Resource[];

  constructor(stacks: Stack[], env: Environment) {
    this.env = env;
    this.stacks = stacks;
    this.#all = stacks.flatMap((stack) =>
      Object.entries(stack.template.Resources ?? {})
        .filter(
          ([id, { Condition }]) =>
            !Condition || holds(Condition, { assembly: this, stack, path: `${stack.name}/${id}` }),
        )
        .map(([id]) => new Resource(this, stack, id)),
    );
  }

  all(...types: string[]): Resource[] {
    return types.length === 0 ? this.#all : this.#all.filter(({ type }) => types.includes(type));
  }

  find(stack: Stack, logicalId: string): Resource | undefined {
    return this.#all.find((resource) => resource.stack === stack && resource.logicalId === logicalId);
  }
}

/** @throws Error for the first resource of a type that the laptop does not know. */
export function readResources(stacks: Stack[], env: Environment): Resources {
  const resources = new Resources(stacks, env);
  for (const resource of resources.all()) {
    if (!isEmulated(resource.type)) throw resource.notEmulated(resource.type);
  }
  return resources;
}
