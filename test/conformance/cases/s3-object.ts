import {
  GetObjectCommand,
  type GetObjectCommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import type { Tools } from '../case.ts';

/** One object of a case. */
export async function objectOf({ s3, unique, bucket }: Tools, name = 'object') {
  const where = { Bucket: await bucket(), Key: unique(name) };
  const put = (Body: string | Uint8Array, input: Partial<PutObjectCommandInput> = {}) =>
    s3.send(new PutObjectCommand({ ...where, Body, ...input }));
  const get = (input: Partial<GetObjectCommandInput> = {}) => s3.send(new GetObjectCommand({ ...where, ...input }));
  const text = async (input: Partial<GetObjectCommandInput> = {}) => (await get(input)).Body!.transformToString();
  return { where, put, get, text };
}
