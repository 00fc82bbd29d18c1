import { BalancedLoads, type Slot } from './balanced-loads.ts';
import { compareRanks, lowest } from './compare-ranks.ts';

/** Something that goes to exactly one slot. */
export interface Placeable {
  readonly name: string;
  readonly subTopology: number;
}

/** What is to be placed where. */
export interface PlacementRequest {
  readonly items: readonly Placeable[];
  readonly slots: readonly Slot[];
  /** What slots have besides; it counts in the balance. */
  readonly held?: ReadonlyMap<string, number>;
  /** What slots will want to keep when other items are placed; who wants less is preferred where that is all the same. */
  readonly claims?: ReadonlyMap<string, number>;
  /** The slot that has the item now. */
  owner(name: string): string | undefined;
  /** The part of the slot that has the item now: what goes comes from the parts that have most. */
  part?(name: string): string | undefined;
  /** How far a slot is from being able to take an item over: 0 could at once, Infinity would begin with nothing. */
  distance(name: string, slotId: string): number;
}

const NONE: ReadonlyMap<string, number> = new Map();

/**
 * Spreads items over slots, each within one of its share, and moves as few as that allows: a slot keeps what it has up to its
 * share. What it has beyond goes, first what another slot is nearest to; what nobody has goes to who is nearest. Between
 * equals the items of a sub-topology, which are alike in weight, are spread.
 *
 * The result is the same for the same request, and a result that is asked about again is kept.
 */
export function placeSticky(request: PlacementRequest): ReadonlyMap<string, string> {
  const placed = new Map<string, string>();
  const { items, held = NONE, claims = NONE } = request;
  const claimOf = ({ id }: Slot): number => claims.get(id) ?? 0;
  const slots = request.slots.toSorted((one, other) => claimOf(one) / one.capacity - claimOf(other) / other.capacity);
  const loads = new BalancedLoads(slots, held, items.length);
  const spread = new Spread();
  const place = (item: Placeable, slotId: string): void => {
    placed.set(item.name, slotId);
    loads.add(slotId);
    spread.add(item, slotId);
  };
  const owned = groupByOwner(request);
  const isNew = (id: string): boolean => owned.get(id)?.length === 0;
  const takers = slots.filter(({ id }) => roomBeyond(loads, id, owned.get(id)?.length ?? 0));
  for (const { id } of slots) {
    for (const item of mostWorthKeeping(owned.get(id) ?? [], takers, request)) {
      if (loads.hasRoom(id)) place(item, id);
    }
  }
  const nearest = (name: string): number => Math.min(...slots.map(({ id }) => request.distance(name, id)));
  const rest = items.filter(({ name }) => !placed.has(name)).map((item) => ({ item, rank: [nearest(item.name)] }));
  for (const { item } of rest.sort((one, other) => compareRanks(one.rank, other.rank))) {
    const free = slots.filter(({ id }) => loads.hasRoom(id));
    const best = lowest(free.length > 0 ? free : slots, ({ id, capacity }) => [
      request.distance(item.name, id),
      spread.count(item, id) / capacity,
      loads.ratio(id),
      isNew(id) ? 0 : 1,
    ]) as Slot;
    place(item, best.id);
  }
  return placed;
}

/** How many items of each sub-topology each slot has. */
class Spread {
  readonly #counts = new Map<string, number>();

  add(item: Placeable, slotId: string): void {
    this.#counts.set(keyOf(item, slotId), this.count(item, slotId) + 1);
  }

  count(item: Placeable, slotId: string): number {
    return this.#counts.get(keyOf(item, slotId)) ?? 0;
  }
}

function keyOf({ subTopology }: Placeable, slotId: string): string {
  return `${subTopology} ${slotId}`;
}

function groupByOwner({ items, slots, owner }: PlacementRequest): ReadonlyMap<string, readonly Placeable[]> {
  const groups = new Map<string, Placeable[]>(slots.map(({ id }) => [id, []]));
  for (const item of items) groups.get(owner(item.name) ?? '')?.push(item);
  return groups;
}

function roomBeyond(loads: BalancedLoads, id: string, owned: number): boolean {
  for (let count = 0; count < owned; count++) loads.add(id);
  const room = loads.hasRoom(id);
  for (let count = 0; count < owned; count++) loads.remove(id);
  return room;
}

/**
 * What a slot has, those first that it should keep: what those who will take something are furthest from, and of
 * sub-topologies of which it has few.
 */
function mostWorthKeeping(
  owned: readonly Placeable[],
  takers: readonly Slot[],
  request: PlacementRequest,
): readonly Placeable[] {
  if (takers.length === 0) return owned;
  const rest = new Map<string, number>();
  const partOf = ({ name }: Placeable): string => `part ${request.part?.(name)}`;
  const groupOf = ({ subTopology }: Placeable): string => `sub-topology ${subTopology}`;
  const count = (key: string, by: number): void => void rest.set(key, (rest.get(key) ?? 0) + by);
  const candidates = owned.map((item) => ({
    item,
    elsewhere: Math.min(...takers.map(({ id }) => request.distance(item.name, id))),
  }));
  for (const { item } of candidates) for (const key of [partOf(item), groupOf(item)]) count(key, 1);
  const leaving: Placeable[] = [];
  while (candidates.length > 0) {
    const next = lowest(candidates, ({ item, elsewhere }) => [
      elsewhere,
      -(rest.get(partOf(item)) as number),
      -(rest.get(groupOf(item)) as number),
    ]) as (typeof candidates)[number];
    candidates.splice(candidates.indexOf(next), 1);
    for (const key of [partOf(next.item), groupOf(next.item)]) count(key, -1);
    leaving.push(next.item);
  }
  return leaving.reverse();
}
