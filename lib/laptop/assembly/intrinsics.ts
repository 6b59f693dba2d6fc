import type { Resources } from './resources.ts';
import type { Stack } from './stacks.ts';

/** Where a value stands: which stack its logical ids belong to, and whom an error names. */
export type Scope = { assembly: Resources; stack: Stack; path: string };

/** What `AWS::NoValue` resolves to: the property is left out. */
const noValue = Symbol('AWS::NoValue');

const intrinsics: Record<string, (argument: unknown, scope: Scope) => unknown> = {
  Ref: (name, scope) => reference(String(name), scope),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId = '', ...attribute] = typeof argument === 'string' ? argument.split('.') : (argument as string[]);
    return find(logicalId, scope).attribute(attribute.join('.'));
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = resolve(argument, scope) as [string, unknown[]];
    return parts.map(String).join(separator);
  },
  'Fn::Sub': (argument, scope) => {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    return substitute(String(text), variables as Record<string, unknown>, scope);
  },
  'Fn::Select': (argument, scope) => {
    const [index, list] = resolve(argument, scope) as [number | string, unknown[]];
    return list[Number(index)];
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = resolve(argument, scope) as [string, string];
    return text.split(separator);
  },
  'Fn::If': (argument, scope) => {
    const [condition, yes, no] = argument as [string, unknown, unknown];
    return resolveOrNoValue(holds(condition, scope) ? yes : no, scope);
  },
  'Fn::ImportValue': (argument, scope) => importValue(String(resolve(argument, scope)), scope),
};

/** The functions of the `Conditions` section. */
const conditions: Record<string, (argument: unknown, scope: Scope) => boolean> = {
  Condition: (name, scope) => holds(String(name), scope),
  'Fn::Equals': (argument, scope) => {
    const [left, right] = resolve(argument, scope) as [unknown, unknown];
    return String(left) === String(right);
  },
  'Fn::Not': (argument, scope) => !evaluate((argument as unknown[])[0], scope),
  'Fn::And': (argument, scope) => (argument as unknown[]).every((part) => evaluate(part, scope)),
  'Fn::Or': (argument, scope) => (argument as unknown[]).some((part) => evaluate(part, scope)),
};

/**
 * A template value with its intrinsic functions replaced by what they give.
 *
 * @returns `undefined` for `AWS::NoValue`.
 * @throws Error for an intrinsic, attribute or dynamic reference that is not emulated, by name.
 */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = resolveOrNoValue(value, scope);
  return resolved === noValue ? undefined : resolved;
}

/** Whether the stack's condition of that name is true. */
export function holds(condition: string, scope: Scope): boolean {
  return evaluate(scope.stack.template.Conditions?.[condition], scope);
}

function resolveOrNoValue(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string' && value.includes('{{resolve:')) throw notEmulated('a dynamic reference', scope);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((item) => resolveOrNoValue(item, scope)).filter((item) => item !== noValue);
  const [name, argument] = Object.entries(value)[0] ?? [''];
  if (Object.keys(value).length !== 1 || !/^(Ref|Fn::.*)$/.test(name)) return resolveMembers(value, scope);
  const intrinsic = intrinsics[name];
  if (!intrinsic) throw notEmulated(name, scope);
  return intrinsic(argument, scope);
}

function resolveMembers(value: object, scope: Scope): object {
  const members = Object.entries(value).map(([key, member]) => [key, resolveOrNoValue(member, scope)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== noValue));
}

function evaluate(condition: unknown, scope: Scope): boolean {
  const [name = 'a missing condition', argument] = Object.entries(condition ?? {})[0] ?? [];
  const evaluator = conditions[name];
  if (!evaluator) throw notEmulated(name, scope);
  return evaluator(argument, scope);
}

function reference(name: string, scope: Scope): unknown {
  const { region, account } = scope.assembly.env;
  const pseudo: Record<string, unknown> = {
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': scope.stack.name,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${scope.stack.name}/laptop`,
    'AWS::NoValue': noValue,
  };
  if (name in pseudo) return pseudo[name];
  const parameter = scope.stack.template.Parameters?.[name];
  if (!parameter) return find(name, scope).ref;
  if (parameter.Default === undefined) throw notEmulated(`parameter ${name} without a default`, scope);
  return parameter.Default;
}

/** `${Name}`, `${Name.Attribute}`, `${!Literal}`; names in `variables` come first. */
function substitute(text: string, variables: Record<string, unknown>, scope: Scope): string {
  return text.replaceAll(/\$\{([^}]+)\}/g, (_match, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    if (name in variables) return String(resolve(variables[name], scope));
    return String(resolve(name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name }, scope));
  });
}

function importValue(name: string, scope: Scope): unknown {
  for (const stack of scope.assembly.stacks) {
    for (const { Value, Export } of Object.values(stack.template.Outputs ?? {})) {
      const inner = { ...scope, stack };
      if (Export && resolve(Export.Name, inner) === name) return resolve(Value, inner);
    }
  }
  throw new Error(`[syncline] [laptop] ${scope.path}: no stack of the assembly exports ${name}`);
}

function find(logicalId: string, scope: Scope) {
  const resource = scope.assembly.find(scope.stack, logicalId);
  if (!resource) throw new Error(`[syncline] [laptop] ${scope.path}: ${logicalId} is not in the template`);
  return resource;
}

const notEmulated = (what: string, { path }: Scope) =>
  new Error(`[syncline] [laptop] ${path}: ${what} is not emulated`);
