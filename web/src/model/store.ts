/* Holds the state and tells who listens that it has changed. */
import type { Action } from './reduce';
import { reduce } from './reduce';
import { initial, type State } from './state';

export class Store {
    state: State = initial;
    private listener: () => void = () => undefined;

    dispatch(action: Action): void {
        const before = this.state;
        this.state = reduce(before, action);
        if (this.state !== before) {
            this.listener();
        }
    }

    listen(listener: () => void): void {
        this.listener = listener;
    }
}
