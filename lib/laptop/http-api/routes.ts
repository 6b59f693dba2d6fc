import type { HttpRoute } from '../assembly/http-apis.ts';

export type RouteMatch = {
  route: HttpRoute;
  /** As in the template: `POST /v1/webhooks/{source}`, or `$default`. */
  routeKey: string;
  pathParameters: Record<string, string>;
};

/**
 * The most specific route for a request: a fixed path segment before a `{parameter}`, that before a greedy `{proxy+}`,
 * that before `$default`; on the same path a method of its own before `ANY`.
 *
 * @param url As sent: still percent-encoded, with its query.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function matchRoute(routes: HttpRoute[], method: string, url: string): RouteMatch | undefined {
  const segments = pathOf(url).split('/');
  const matches = routes
    .filter((route) => route.method === 'ANY' || route.method === method)
    .map((route) => ({ route, pathParameters: matchPath(route.path, segments) }))
    .filter((match): match is Omit<RouteMatch, 'routeKey'> => match.pathParameters !== undefined)
    .sort((a, b) => rank(a.route).localeCompare(rank(b.route)));
  return matches[0] && { ...matches[0], routeKey: routeKeyOf(matches[0].route) };
}

export const pathOf = (url: string) => url.split('?', 1)[0] || '/';

/** A malformed escape is left as it is. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function matchPath(path: string, segments: string[]): Record<string, string> | undefined {
  if (path === '$default') return {};
  const pattern = path.split('/');
  const greedy = pattern.at(-1)?.endsWith('+}') ?? false;
  if (greedy ? segments.length < pattern.length : segments.length !== pattern.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const rest = part.endsWith('+}') ? segments.slice(index).join('/') : (segments[index] ?? '');
    const name = part.match(/^\{(.+?)\+?\}$/)?.[1];
    if (name ? rest === '' : part !== decode(rest)) return undefined;
    if (name) parameters[name] = decode(rest);
  }
  return parameters;
}

/** A text that sorts more specific routes first: a digit for each segment, then one for the method. */
function rank({ method, path }: HttpRoute): string {
  const digits = path.split('/').map((part) => {
    if (part === '$default') return '3';
    if (part.endsWith('+}')) return '2';
    return part.startsWith('{') ? '1' : '0';
  });
  return digits.join('') + (method === 'ANY' ? '1' : '0');
}

const routeKeyOf = ({ method, path }: HttpRoute) => (path === '$default' ? path : `${method} ${path}`);
