/** Stream header, and the marks of a short and a long string. Source: Java Object Serialization Specification, section 6. */
const STREAM_HEADER = Buffer.from([0xac, 0xed, 0x00, 0x05]);
const SHORT_STRING = 0x74;
const LONG_STRING = 0x7c;
const LONGEST_SHORT_STRING = 0xff_ff;

/** A string as Java's `ObjectOutputStream` writes it. */
export function javaStringBytes(text: string): Buffer {
  const bytes = modifiedUtf8(text);
  const isShort = bytes.length <= LONGEST_SHORT_STRING;
  const head = Buffer.alloc(isShort ? 3 : 9);
  head[0] = isShort ? SHORT_STRING : LONG_STRING;
  if (isShort) head.writeUInt16BE(bytes.length, 1);
  else head.writeBigUInt64BE(BigInt(bytes.length), 1);
  return Buffer.concat([STREAM_HEADER, head, bytes]);
}

/** UTF-8 with each half of a surrogate pair by itself, and NUL in two bytes. */
function modifiedUtf8(text: string): Buffer {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0 && code < 0x80) bytes.push(code);
    else if (code < 0x8_00) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
    else bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
  }
  return Buffer.from(bytes);
}
