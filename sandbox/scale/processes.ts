/** What Linux counts of a process: processor time, and memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Clock ticks in a second, as Linux reports them to programs. */
const TICKS = 100;

const read = (pid: number, file: string): string => {
	try {
		return readFileSync(`/proc/${pid}/${file}`, 'utf8');
	} catch {
		// The process has ended.
		return '';
	}
};

/** A process and all that it has started, the process itself first. */
export const familyOf = (pid: number): number[] => {
	const children = read(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
	return [pid, ...children.flatMap(familyOf)];
};

const ticksOf = (pid: number): number => {
	// The name of the program is in brackets, and may contain spaces.
	const fields = read(pid, 'stat').split(') ').at(-1)?.split(' ') ?? [];
	// Of the process, and of its children that have ended.
	return fields
		.slice(11, 15)
		.map(Number)
		.reduce((sum, ticks) => sum + ticks, 0);
};

/** Seconds of processor time that a process and its children have used so far, or 0 when it has ended. */
export const cpuSeconds = (pid: number): number =>
	familyOf(pid)
		.map(ticksOf)
		.reduce((sum, ticks) => sum + ticks, 0) / TICKS;

/**
 * Watches the cores of the machine from now on.
 *
 * @returns a function that returns the share of time that they were busy since, from 0 to 1
 */
export const watchCores = (): (() => number) => {
	const times = () => {
		const all = cpus().map(({ times: one }) => one);
		const idle = all.reduce((sum, one) => sum + one.idle, 0);
		const total = all.reduce(
			(sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq,
			idle,
		);
		return { idle, total };
	};
	const before = times();
	return () => {
		const after = times();
		return 1 - (after.idle - before.idle) / Math.max(1, after.total - before.total);
	};
};

const KIB = 1024;

const peakOf = (pid: number): number =>
	Number(/VmHWM:\s+(\d+) kB/.exec(read(pid, 'status'))?.[1] ?? 0) * KIB;

/** The largest memory of a process, and of its task runner, in bytes. */
export interface Peak {
	readonly own: number;
	readonly runner: number;
}

const peakMemory = (pid: number): Peak => {
	const [own = 0, ...others] = familyOf(pid).map(peakOf);
	return { own, runner: Math.max(0, ...others) };
};

/** Sets the peaks of a process and its children to what they use now. */
const forgetPeaks = (pid: number): void => {
	for (const one of familyOf(pid)) {
		try {
			writeFileSync(`/proc/${one}/clear_refs`, '5');
		} catch {
			// It has ended, or belongs to somebody else: its peak then counts from its start.
		}
	}
};

const SAMPLE_MS = 500;

/**
 * Watches the memory of processes from now on. Task runners end when they have nothing to do, and a process may be
 * killed: what was seen of them is kept.
 *
 * @returns a function that ends the watch and returns the peaks, in the order of the processes
 */
export const watchMemory = (pids: readonly number[]): (() => Peak[]) => {
	for (const pid of pids) forgetPeaks(pid);
	const peaks = pids.map((): Peak => ({ own: 0, runner: 0 }));
	const sample = () =>
		pids.forEach((pid, index) => {
			const { own = 0, runner = 0 } = peaks[index] ?? {};
			const now = peakMemory(pid);
			peaks[index] = { own: Math.max(own, now.own), runner: Math.max(runner, now.runner) };
		});
	const timer = setInterval(sample, SAMPLE_MS);
	return () => {
		clearInterval(timer);
		sample();
		return peaks;
	};
};
