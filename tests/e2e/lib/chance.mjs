/* Chance that can be repeated: the same seed, the same choices (mulberry32). */
export class Chance {
    constructor(seed) {
        this.seed = seed >>> 0;
        this.state = this.seed;
    }

    /** In [0, 1). */
    next() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let t = this.state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    }

    /** A whole number from `low` to `high`, both possible. */
    between(low, high) {
        return low + Math.floor(this.next() * (high - low + 1));
    }

    pick(list) {
        return list[this.between(0, list.length - 1)];
    }
}
