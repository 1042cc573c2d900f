/* Hands written messages to the agent, one after the other and in order, and keeps each until the
 * agent has confirmed or refused it: a broken connection only means another try, under the same
 * client_id, so nothing is lost and nothing comes twice. Nothing of it is put in the browser's
 * storage, which would leave the text on the disk, unencrypted. */
import { Lost, RpcError } from '../api/client';
import { ERRORS, type Message } from '../api/types';
import type { Unsent } from './state';

export interface OutboxParts {
    send(u: Unsent): Promise<Message>;
    confirmed(message: Message): void;
    refused(u: Unsent, sentence: string): void;
    later(run: () => void, ms: number): () => void;
}

const PASSING = new Set<number>([ERRORS.busy, ERRORS.internal]);
const PAUSE = 1000;

export class Outbox {
    private queue: Unsent[] = [];
    private running = false;

    constructor(private readonly parts: OutboxParts) {}

    /** Messages that only this page has. */
    get size(): number {
        return this.queue.length;
    }

    add(u: Unsent): void {
        this.queue.push(u);
        void this.run();
    }

    /** The connection is there (again). */
    open(): void {
        void this.run();
    }

    private async run(): Promise<void> {
        if (this.running) {
            return;
        }
        this.running = true;
        for (let head = this.queue[0]; head; head = this.queue[0]) {
            try {
                const message = await this.parts.send(head);
                this.queue.shift();
                this.parts.confirmed(message);
            } catch (error) {
                if (!this.after(head, error)) {
                    break;
                }
            }
        }
        this.running = false;
    }

    /* Whether to go on with the next one now. */
    private after(head: Unsent, error: unknown): boolean {
        if (error instanceof Lost) {
            return false;
        }
        if (error instanceof RpcError && PASSING.has(error.code)) {
            this.parts.later(() => void this.run(), PAUSE);
            return false;
        }
        this.queue.shift();
        this.parts.refused(head, error instanceof Error ? error.message : String(error));
        return true;
    }
}
