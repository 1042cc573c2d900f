/* Holds the state and tells who listens that it has changed: at once after what the person did, and
 * with patience after events, of which thousands can come in a row. */
import type { Action } from './reduce';
import { reduce } from './reduce';
import { initial, type State } from './state';

export class Store {
    state: State = initial;
    private listener: (urgent: boolean) => void = () => undefined;

    dispatch(action: Action, urgent = true): void {
        const before = this.state;
        this.state = reduce(before, action);
        if (this.state !== before) {
            this.listener(urgent);
        }
    }

    listen(listener: (urgent: boolean) => void): void {
        this.listener = listener;
    }
}
