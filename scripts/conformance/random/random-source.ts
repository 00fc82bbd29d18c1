import { SeededRandom } from '../../demo/seeded-random.ts';

/** Random choices that a seed determines. */
export class RandomSource extends SeededRandom {
  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** What one of several makers makes, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, make: () => T])[]): T {
    let left = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    const chosen = choices.find(([weight]) => (left -= weight) < 0) ?? choices[0];
    return (chosen as (typeof choices)[number])[1]();
  }

  /** Between `least` and `most` things. */
  list<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: this.between(least, most) }, make);
  }
}
