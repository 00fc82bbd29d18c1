import type { SeededRandom } from './seeded-random.ts';

const firstNames = [
  'Ada',
  'Björn',
  'Chloé',
  'Dmitri',
  'Edsger',
  'Fatima',
  'Grace',
  'Hiroko',
  'Inés',
  'Jürgen',
  'Leslie',
  'Zoë',
];
const lastNames = [
  'Almeida',
  'Brandt',
  'Çelik',
  'Dijkstra',
  'Evans',
  'Fischer',
  'García',
  'Hopper',
  'Ito',
  'Łukasik',
  "O'Neill",
];
const adjectives = ['Blue', 'Folding', 'Heavy', 'Little', 'Oak', 'Quiet', 'Round', 'Solar', 'Steel', 'Woollen'];
const nouns = ['Bicycle', 'Blanket', 'Desk', 'Kettle', 'Lamp', 'Notebook', 'Radio', 'Rucksack', 'Spade', 'Tent'];

/** The countries that customers are from. */
export const countries: readonly string[] = ['BR', 'DE', 'FR', 'GB', 'IN', 'JP', 'NL', 'US'];

/** The states of an order. */
export const statuses: readonly string[] = ['new', 'paid', 'shipped', 'cancelled'];

const categories = ['garden', 'home', 'office', 'outdoor'];

/** Columns of a new customer: name, email, country. */
export function inventCustomer(random: SeededRandom): readonly [string, string, string] {
  const name = `${random.pick(firstNames)} ${random.pick(lastNames)}`;
  return [name, `customer${random.between(1, 999_999)}@example.com`, random.pick(countries)];
}

/** Columns of a new product: name, category, price. */
export function inventProduct(random: SeededRandom): readonly [string, string, string] {
  return [`${random.pick(adjectives)} ${random.pick(nouns)}`, random.pick(categories), inventPrice(random)];
}

/** A price from 0.99 to 249.99, exact to the cent. */
export function inventPrice(random: SeededRandom): string {
  return toDecimal(random.between(99, 24_999));
}

/** Cents as MySQL writes a decimal with two digits. */
export function toDecimal(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

/** The cents of a decimal with two digits. */
export function toCents(decimal: string): number {
  return Math.round(Number(decimal) * 100);
}
