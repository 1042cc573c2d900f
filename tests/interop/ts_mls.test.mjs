/* libmls and ts-mls in one group: what both do, where ts-mls departs from the RFC, a random walk. */
import './scenarios.mjs';
import './departures.mjs';
import './walk.mjs';
