import type { TargetStore } from './store.ts';
import { type Mode, modes, parseJson, type VendorAnswer } from './vendor.ts';

/**
 * The routes by which the console and tests look into a vendor and change its mode. They are no calls of the vendor's.
 *
 * `GET /records` -> `{ records: [{ type, id, key, fields, writes }], calls }`; `DELETE /records` empties both.
 * `GET /mode` -> `{ mode }`; `PUT /mode` with `{ "mode": … }` changes it.
 *
 * @returns undefined when the call is the vendor's.
 */
export function control(method: string, path: string, body: Buffer, target: TargetStore): VendorAnswer | undefined {
  switch (`${method} ${path}`) {
    case 'GET /records':
      return { status: 200, body: { records: target.all(), calls: target.calls() } };
    case 'DELETE /records':
      target.empty();
      return { status: 204 };
    case 'GET /mode':
      return { status: 200, body: { mode: target.mode() } };
    case 'PUT /mode':
      return changeMode(body, target);
    default:
      return undefined;
  }
}

function changeMode(body: Buffer, target: TargetStore): VendorAnswer {
  const given = (parseJson(body) as { mode?: unknown } | null | undefined)?.mode;
  if (!modes.includes(given as Mode)) {
    const error = `[syncline] [sandbox] mode ${JSON.stringify(given)} does not exist; the body must be { "mode": … } with one of ${modes.join(', ')}`;
    return { status: 400, body: { error } };
  }
  target.setMode(given as Mode);
  return { status: 200, body: { mode: given } };
}
