/* npm run mock [-- --empty]: the built page with invented people who answer. */
import { MockAgent } from './agent.mjs';

const agent = new MockAgent({ lively: true, empty: process.argv.includes('--empty') });
agent.port = 4420;
await agent.start();
console.log(`Open ${agent.link()}\nCtrl+C ends it.`);
setInterval(() => agent.faults.splice(0).forEach((f) => console.error(`not in the API: ${f}`)), 500);
