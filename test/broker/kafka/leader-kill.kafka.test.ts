import { describeLeaderKill } from './leader-kill-conformance.ts';

describeLeaderKill();
