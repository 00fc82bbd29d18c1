/**
 * Names in the order in which a Java `HashSet` iterates over them, which Kafka Streams' `Topology#describe` shows.
 * Names of one bucket keep the order that they are given in.
 */
export function javaHashOrder(names: readonly string[]): readonly string[] {
  let capacity = 16;
  while (names.length > capacity * 0.75) capacity *= 2;
  const bucket = (name: string): number => {
    const hash = javaHash(name);
    return (hash ^ (hash >>> 16)) & (capacity - 1);
  };
  return names.toSorted((a, b) => bucket(a) - bucket(b));
}

/** Java's `String#hashCode`. */
function javaHash(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(31, hash) + text.charCodeAt(at)) | 0;
  return hash;
}
