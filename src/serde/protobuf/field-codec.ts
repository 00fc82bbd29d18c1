import type protobuf from 'protobufjs';

/** A message as a plain object. */
export interface ProtoMessage {
  [field: string]: unknown;
}

/** How a field of a message is written and read, tags included. */
export interface FieldCodec {
  readonly name: string;
  readonly number: number;
  /** Of proto2: a message without it is none. */
  readonly isRequired: boolean;
  /** Sets what the field has when it is not written; nothing where absence is told. */
  initialize(message: ProtoMessage): void;
  /** Says which fields this one takes the place of, as one of a oneof. */
  excludes(others: readonly string[]): void;
  write(writer: protobuf.Writer, value: unknown): void;
  read(reader: protobuf.Reader, wireType: number, message: ProtoMessage): void;
}
