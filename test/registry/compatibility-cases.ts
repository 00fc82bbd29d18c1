/**
 * Two versions of a schema, and what keeps the second from reading what the first wrote: by the names that Confluent's registry
 * has for it, null where nothing does. Its own published cases were the measure.
 */
export type CompatibilityCase = readonly [what: string, before: string, after: string, found: string | null];

const object = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
const closed = { additionalProperties: false };
const text = { type: 'string' };
const number = { type: 'number' };
const integer = { type: 'integer' };
const node = (value: object): object => ({
  definitions: { Node: object({ value, next: { $ref: '#/definitions/Node' } }) },
  $ref: '#/definitions/Node',
});

const jsonCases: readonly (readonly [string, unknown, unknown, string | null])[] = [
  ['nothing', object({ a: text }), object({ a: text }), null],
  [
    'title, description and default',
    { ...text, title: 'a' },
    { ...text, title: 'b', description: 'c', default: 'd' },
    null,
  ],
  ['another type', text, number, 'TYPE_CHANGED at #'],
  ['an integer that becomes a number', integer, number, null],
  ['a number that becomes an integer', number, integer, 'TYPE_NARROWED at #'],
  ['anything instead of a type', text, {}, null],
  ['a type instead of anything', {}, text, 'TYPE_CHANGED at #'],
  ['one type more', { type: ['string'] }, { type: ['string', 'null'] }, null],
  ['one type less', { type: ['string', 'null'] }, { type: ['string'] }, 'SUM_TYPE_NARROWED at #'],
  [
    'an optional property in an open model',
    object({}),
    object({ a: text }),
    'OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL at #/properties/a',
  ],
  ['a property of any kind in an open model', object({}), object({ a: {} }), null],
  [
    'a required property in an open model',
    object({}),
    object({ a: text }, { required: ['a'] }),
    'REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL at #/properties/a',
  ],
  ['a property gone from an open model', object({ a: text }), object({}), null],
  ['an optional property in a closed model', object({}, closed), object({ a: text }, closed), null],
  [
    'a required property in a closed model',
    object({}, closed),
    object({ a: text }, { ...closed, required: ['a'] }),
    'REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL at #/properties/a',
  ],
  [
    'a required property with a default in a closed model',
    object({}, closed),
    object({ a: { ...text, default: '' } }, { ...closed, required: ['a'] }),
    null,
  ],
  [
    'a property gone from a closed model',
    object({ a: text }, closed),
    object({}, closed),
    'PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL at #/properties/a',
  ],
  [
    'a property gone that the rest covers',
    object({ a: text }),
    object({}, { additionalProperties: text }),
    'ADDITIONAL_PROPERTIES_NARROWED at #/additionalProperties',
  ],
  [
    'a property new that the rest covers',
    object({}, { additionalProperties: text }),
    object({ a: text }, { additionalProperties: text }),
    null,
  ],
  [
    'a property new that the rest does not cover',
    object({}, { additionalProperties: text }),
    object({ a: number }, { additionalProperties: text }),
    'TYPE_CHANGED at #/properties/a, PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL at #/properties/a',
  ],
  ['a closed model opened', object({}, closed), object({}), null],
  ['an open model closed', object({}), object({}, closed), 'ADDITIONAL_PROPERTIES_REMOVED at #/additionalProperties'],
  [
    'a property that is required now',
    object({ a: text }),
    object({ a: text }, { required: ['a'] }),
    'REQUIRED_ATTRIBUTE_ADDED at #/required/a',
  ],
  ['a property that is required no more', object({ a: text }, { required: ['a'] }), object({ a: text }), null],
  ['a longer text', { ...text, maxLength: 3 }, { ...text, maxLength: 4 }, null],
  ['a shorter text', { ...text, maxLength: 4 }, { ...text, maxLength: 3 }, 'MAX_LENGTH_DECREASED at #/maxLength'],
  ['another pattern', { ...text, pattern: 'a' }, { ...text, pattern: 'b' }, 'PATTERN_CHANGED at #/pattern'],
  ['a lower bound', number, { ...number, minimum: 0 }, 'MINIMUM_ADDED at #/minimum'],
  ['a multiple of less', { ...number, multipleOf: 10 }, { ...number, multipleOf: 0.5 }, null],
  [
    'a multiple of more',
    { ...number, multipleOf: 0.5 },
    { ...number, multipleOf: 10 },
    'MULTIPLE_OF_EXPANDED at #/multipleOf',
  ],
  ['one symbol more', { enum: ['a'] }, { enum: ['a', 'b'] }, null],
  ['one symbol less', { enum: ['a', 'b'] }, { enum: ['a'] }, 'ENUM_ARRAY_NARROWED at #/enum'],
  [
    'items of another type',
    { type: 'array', items: text },
    { type: 'array', items: number },
    'TYPE_CHANGED at #/items',
  ],
  [
    'items that are to differ',
    { type: 'array' },
    { type: 'array', uniqueItems: true },
    'UNIQUE_ITEMS_ADDED at #/uniqueItems',
  ],
  [
    'an item in a closed array',
    { type: 'array', items: [text], additionalItems: false },
    { type: 'array', items: [text, number], additionalItems: false },
    null,
  ],
  [
    'an item in an open array',
    { type: 'array', items: [text] },
    { type: 'array', items: [text, number] },
    'ITEM_ADDED_TO_OPEN_CONTENT_MODEL at #/items/1',
  ],
  ['an alternative more', { oneOf: [text] }, { oneOf: [number, text] }, null],
  ['an alternative less', { oneOf: [number, text] }, { oneOf: [text] }, 'SUM_TYPE_NARROWED at #'],
  ['a condition more', { allOf: [text] }, { allOf: [text, { ...text, maxLength: 3 }] }, 'PRODUCT_TYPE_EXTENDED at #'],
  ['one of instead of any of', { anyOf: [number, text] }, { oneOf: [number, text] }, 'COMBINED_TYPE_CHANGED at #'],
  ['a schema that becomes one of several', text, { oneOf: [number, text] }, null],
  ['less that must not be', { not: { type: ['string', 'null'] } }, { not: { type: ['string'] } }, null],
  [
    'more that must not be',
    { not: { type: ['string'] } },
    { not: { type: ['string', 'null'] } },
    'NOT_TYPE_EXTENDED at #/not',
  ],
  ['a circle that stays', node(text), node(text), null],
  ['a circle with another type in it', node(text), node(number), 'TYPE_CHANGED at #/properties/value'],
];

export const JSON_CASES: readonly CompatibilityCase[] = jsonCases.map(([what, before, after, found]) => [
  what,
  JSON.stringify(before),
  JSON.stringify(after),
  found,
]);

const proto = (fields: string): string =>
  `syntax = "proto3"; package shop; message Order { ${fields} } message Line { int32 a = 1; }`;
const old = (fields: string): string => `syntax = "proto2"; message Order { ${fields} }`;

export const PROTOBUF_CASES: readonly CompatibilityCase[] = [
  ['nothing', proto('int32 a = 1;'), proto('int32 a = 1;'), null],
  ['a field that comes', proto(''), proto('int32 a = 1;'), null],
  ['a field that goes', proto('int32 a = 1;'), proto(''), null],
  ['a field of another name', proto('int32 a = 1;'), proto('int32 b = 1;'), null],
  [
    'a number used for another field',
    proto('int32 a = 1;'),
    proto('string b = 1;'),
    'FIELD_SCALAR_KIND_CHANGED at #/Order/1',
  ],
  ['a number that is written alike', proto('int32 a = 1; bool b = 2;'), proto('uint64 a = 1; int32 b = 2;'), null],
  [
    'a number that is written otherwise',
    proto('int32 a = 1;'),
    proto('sint32 a = 1;'),
    'FIELD_SCALAR_KIND_CHANGED at #/Order/1',
  ],
  ['a wider fixed number', proto('fixed32 a = 1;'), proto('fixed64 a = 1;'), 'FIELD_SCALAR_KIND_CHANGED at #/Order/1'],
  ['bytes that become text', proto('bytes a = 1;'), proto('string a = 1;'), null],
  ['an enum that becomes a number', proto('enum E { X = 0; } E a = 1;'), proto('int32 a = 1;'), null],
  ['a number that becomes a message', proto('int32 a = 1;'), proto('Line a = 1;'), 'FIELD_KIND_CHANGED at #/Order/1'],
  [
    'a message of another name',
    `${proto('Line a = 1;')} message M {}`,
    `${proto('M a = 1;')} message M {}`,
    'FIELD_NAMED_TYPE_CHANGED at #/Order/1',
  ],
  [
    'a map with other values',
    proto('map<string, int32> a = 1;'),
    proto('map<string, string> a = 1;'),
    'FIELD_SCALAR_KIND_CHANGED at #/Order/1',
  ],
  ['texts instead of a text', proto('optional string a = 1;'), proto('repeated string a = 1;'), null],
  [
    'numbers instead of a number',
    proto('optional int32 a = 1;'),
    proto('repeated int32 a = 1;'),
    'FIELD_NUMERIC_LABEL_CHANGED at #/Order/1',
  ],
  ['a field that becomes the only one of a oneof', proto('int32 a = 1;'), proto('oneof o { int32 a = 1; }'), null],
  [
    'two fields that exclude each other now',
    proto('int32 a = 1; int32 b = 2;'),
    proto('oneof o { int32 a = 1; int32 b = 2; }'),
    'MULTIPLE_FIELDS_MOVED_TO_ONEOF at #/Order/o',
  ],
  [
    'a field that is moved into a oneof',
    proto('int32 a = 1; oneof o { int32 b = 2; }'),
    proto('oneof o { int32 a = 1; int32 b = 2; }'),
    'FIELD_MOVED_TO_EXISTING_ONEOF at #/Order/o',
  ],
  [
    'a field that is moved out of a oneof',
    proto('oneof o { int32 a = 1; int32 b = 2; }'),
    proto('int32 a = 1; oneof o { int32 b = 2; }'),
    null,
  ],
  [
    'a field that is new in a oneof',
    proto('oneof o { int32 a = 1; }'),
    proto('oneof o { int32 a = 1; int32 b = 2; }'),
    null,
  ],
  [
    'a field that goes from a oneof',
    proto('oneof o { int32 a = 1; int32 b = 2; }'),
    proto('oneof o { int32 a = 1; }'),
    'ONEOF_FIELD_REMOVED at #/Order/o/2',
  ],
  ['a oneof that goes whole', proto('oneof o { int32 a = 1; int32 b = 2; }'), proto(''), null],
  ['a required field that comes', old(''), old('required int32 a = 1;'), 'REQUIRED_FIELD_ADDED at #/Order/1'],
  ['a required field that goes', old('required int32 a = 1;'), old(''), 'REQUIRED_FIELD_REMOVED at #/Order/1'],
  ['a message that comes', proto(''), `${proto('')} message New {}`, null],
  ['a message that goes', `${proto('')} message Old {}`, proto(''), 'MESSAGE_REMOVED at #/Old'],
  ['messages in another order', 'message A {} message B {}', 'message B {} message A {}', null],
  ['another package', 'package a; message A {}', 'package b; message A {}', 'PACKAGE_CHANGED at #/'],
  [
    'a change in a nested message',
    proto('message In { int32 a = 1; }'),
    proto('message In { string a = 1; }'),
    'FIELD_SCALAR_KIND_CHANGED at #/Order/In/1',
  ],
  ['symbols of an enum', 'message A {} enum E { X = 0; Y = 1; }', 'message A {} enum E { X = 0; Z = 2; }', null],
];
