/**
 * Files that every registry knows without a reference, beside those of `google/protobuf/` that protobufjs has. Only their
 * messages: what else is in Google's and Confluent's own files is options of the language.
 */
export const KNOWN_FILES: Readonly<Record<string, string>> = Object.freeze({
  'google/type/date.proto': google('message Date { int32 year = 1; int32 month = 2; int32 day = 3; }'),
  'google/type/timeofday.proto': google(
    'message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }',
  ),
  'google/type/money.proto': google('message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }'),
  'google/type/latlng.proto': google('message LatLng { double latitude = 1; double longitude = 2; }'),
  'confluent/type/decimal.proto':
    'syntax = "proto3"; package confluent.type; message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }',
  'confluent/meta.proto':
    'syntax = "proto3"; package confluent; message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; string annotation = 4; }',
  'google/protobuf/descriptor.proto': 'syntax = "proto2"; package google.protobuf;',
});

function google(message: string): string {
  return `syntax = "proto3"; package google.type; ${message}`;
}
