import type { ResponseObject } from './document-types.ts';
import { headersOf } from './header-fields.ts';
import { operation } from './operations.ts';

const documentSchema = {
  type: 'object',
  properties: { openapi: { type: 'string' }, info: { type: 'object' }, paths: { type: 'object' } },
  required: ['openapi', 'info', 'paths'],
};

const notModified: ResponseObject = {
  description: 'It is still what `If-None-Match` names.',
  headers: headersOf(['ETag']),
};

export const readDocument = operation({
  operationId: 'readOpenApiDocument',
  tag: 'About',
  summary: 'This document',
  description: 'The OpenAPI document of this interface. It is public: no credentials are asked for.',
  scope: null,
  responses: {
    200: {
      description: 'The document.',
      headers: headersOf(['ETag']),
      content: { 'application/json': { schema: documentSchema } },
    },
    304: notModified,
  },
  problems: [],
});

export const readDocs = operation({
  operationId: 'readDocs',
  tag: 'About',
  summary: 'This document as a page',
  description: 'A page for people, to read and to try out. All it needs comes from here.',
  scope: null,
  responses: {
    200: {
      description: 'The page.',
      headers: headersOf(['ETag']),
      content: { 'text/html; charset=utf-8': { schema: { type: 'string' } } },
    },
    304: notModified,
  },
  problems: [],
});
