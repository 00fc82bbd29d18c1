import type { MaybePromise } from '../../core/maybe-promise.ts';
import type { InFlight, InFlightRecord } from '../../processor/in-flight.ts';
import type { FailedRecord } from '../errors/dead-letter.ts';

/** A record whose processor has come to its result. */
export interface FinishedRecord {
  /** The node that processes it. */
  readonly node: string;
  /** Where the record came from; null for one that a punctuator made. */
  readonly origin: FailedRecord | null;
  readonly step: () => MaybePromise<void>;
}

/** The records of a task that are in flight, of all its processors. */
export class InFlightRecords {
  /** Called when a record is finished and its step waits. */
  onFinished: () => void = () => undefined;
  readonly #origin: () => FailedRecord | null;
  readonly #places: PlaceInFlight[] = [];
  #finished: FinishedRecord[] = [];
  #next = 0;
  #size = 0;

  /** `origin` tells where the record being processed came from. */
  constructor(origin: () => FailedRecord | null) {
    this.#origin = origin;
  }

  /** How many records are in flight, those included whose step waits or runs. */
  get size(): number {
    return this.#size;
  }

  /** Whether a step waits. */
  get hasFinished(): boolean {
    return this.#next < this.#finished.length;
  }

  /** Whether a processor has as many in flight as it may. */
  get full(): boolean {
    return this.#places.some((place) => place.full);
  }

  /** Opens a place for a processor. */
  open(node: string, limit: number): InFlight {
    const place: PlaceInFlight = new PlaceInFlight(limit, () => this.#begin(node, place));
    this.#places.push(place);
    return place;
  }

  /** Takes out the step that waits longest. There must be one. */
  take(): FinishedRecord {
    const finished = this.#finished[this.#next++] as FinishedRecord;
    if (this.#next === this.#finished.length) {
      this.#finished = [];
      this.#next = 0;
    }
    return finished;
  }

  #begin(node: string, place: PlaceInFlight): InFlightRecord {
    const origin = this.#origin();
    this.#size++;
    place.size++;
    return {
      finish: (step) => {
        this.#finished.push({ node, origin, step: () => this.#end(place, step) });
        this.onFinished();
      },
    };
  }

  /** Counts the record out when its step is done: until then its result is not there. */
  #end(place: PlaceInFlight, step: () => MaybePromise<void>): MaybePromise<void> {
    let pending: MaybePromise<void>;
    try {
      pending = step();
    } catch (error) {
      this.#leave(place);
      throw error;
    }
    if (pending !== undefined) return pending.finally(() => this.#leave(place));
    this.#leave(place);
  }

  #leave(place: PlaceInFlight): void {
    this.#size--;
    place.size--;
  }
}

class PlaceInFlight implements InFlight {
  size = 0;
  readonly begin: () => InFlightRecord;
  readonly #limit: number;

  constructor(limit: number, begin: () => InFlightRecord) {
    this.#limit = limit;
    this.begin = begin;
  }

  get full(): boolean {
    return this.size >= this.#limit;
  }
}
