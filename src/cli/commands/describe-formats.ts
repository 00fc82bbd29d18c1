/** How a graph can be drawn. */
export const describeFormats = ['text', 'mermaid'] as const;

/** A way of drawing a graph. */
export type DescribeFormat = (typeof describeFormats)[number];
