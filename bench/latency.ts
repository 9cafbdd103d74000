import type { Latency } from './results';

const MEDIAN = 0.5;
const MOST = 0.95;

/** @param times milliseconds of each request, in any order */
export const latencyOf = (times: readonly number[]): Latency => {
	const sorted = [...times].sort((one, other) => one - other);
	const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN;
	return { requests: sorted.length, medianMs: at(MEDIAN), p95Ms: at(MOST) };
};
