import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Broker } from '../../src/broker/port.ts';
import { PARTITIONS } from '../streams/orders.ts';
import { type MeasuredProgram, programs } from '../streams/programs.ts';
import { MeasuredProcess } from './measured-process.ts';
import { digestOutputs, type OutputDigest } from './output-digest.ts';
import { commandOf, type Guarantee, type Peer } from './peers.ts';
import { ProgressObserver } from './progress-observer.ts';

/** What programs are compared on. */
export interface CompareSurroundings {
  readonly broker: Broker;
  /** `host:port`. */
  readonly bootstrap: string;
  /** For state and logs. */
  readonly directory: string;
  /** Of the Java peer. */
  readonly classPath: string;
  /** How many there are in the topic. */
  readonly orders: number;
}

/** What is run, by whom, and how. */
export interface ComparePlan {
  readonly scenario: string;
  readonly peer: Peer;
  readonly guarantee: Guarantee;
  readonly threads: number;
  readonly round: number;
}

/** One program that one peer runs, in processes of its own; `await using` removes its topics and its state. */
export class ComparedApplication implements AsyncDisposable {
  /** The topic that it writes. */
  readonly output: string;
  readonly observer: ProgressObserver;
  readonly #on: CompareSurroundings;
  readonly #plan: ComparePlan;
  readonly #program: MeasuredProgram;
  readonly #name: string;

  private constructor(on: CompareSurroundings, plan: ComparePlan, name: string) {
    this.#on = on;
    this.#plan = plan;
    this.#program = programs[plan.scenario] as MeasuredProgram;
    this.#name = name;
    this.output = `${name}-output`;
    this.observer = new ProgressObserver(on.broker, { application: name, inputs: this.#program.inputs });
  }

  /** Makes the topic of the output, whose records stay at any age. `purpose` keeps its names apart from those of others. */
  static async create(on: CompareSurroundings, plan: ComparePlan, purpose: string): Promise<ComparedApplication> {
    const { scenario, peer, guarantee, threads, round } = plan;
    const name = [purpose, scenario, peer, guarantee.replaceAll('_', '-'), threads, round].join('-');
    const application = new ComparedApplication(on, plan, name);
    const topic = { name: application.output, partitions: PARTITIONS, config: { 'retention.ms': -1 } };
    await on.broker.admin.createTopics([topic]);
    return application;
  }

  /** Launches a process of it, on the state that there is. */
  start(): MeasuredProcess {
    const { bootstrap, classPath } = this.#on;
    const run = { ...this.#plan, bootstrap, application: this.#name, stateDirectory: this.#stateDirectory };
    return new MeasuredProcess(commandOf(this.#plan.peer, run, classPath), `${this.#stateDirectory}.log`);
  }

  async wipeState(): Promise<void> {
    await rm(this.#stateDirectory, { recursive: true, force: true });
  }

  digest(): Promise<OutputDigest> {
    const outputs = { topic: this.output, partitions: PARTITIONS, outputs: this.#program.outputs };
    return digestOutputs(this.#on.broker, outputs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#on.broker.admin.deleteTopics([this.output, ...(await this.observer.internalTopics())]);
    await this.wipeState();
  }

  get #stateDirectory(): string {
    return join(this.#on.directory, this.#name);
  }
}
