/** The job of a measuring process, and its report. */
import type { Latency } from '../results';

export interface Job {
	readonly way: string;
	/** Number of items. */
	readonly n: number;
	/** Counted by the server. */
	readonly baseUrl: string;
	/** Of a server that checks it. */
	readonly apiKey?: string;
	/** Target of the small runs before the measured one. They load and compile what every run needs. */
	readonly warmUpUrl: string;
	readonly chunkSize: number;
	readonly concurrency: number;
	/** Requests in a second, for a steady rate. */
	readonly perSecond?: number;
	/** Whether to measure live heap instead of time. */
	readonly heap?: boolean;
	/** Whether to profile the run. */
	readonly profile?: boolean;
}

export interface Report {
	readonly seconds: number;
	/** Peak of the whole process, from its start to the end of the measured run. */
	readonly peakRssBytes: number;
	/** Number of output items by status, if there are output items. */
	readonly outputs?: Readonly<Record<string, number>>;
	/** Of the entity IDs of the output items (`fingerprint.ts`), if they were created. */
	readonly fingerprint?: string;
	/** Body bytes of one record, if the bodies were prepared. */
	readonly recordBytes?: number;
	/** Of the requests, and milliseconds of the processor for all of them, at a steady rate. */
	readonly latency?: Latency;
	readonly cpuMs?: number;
	readonly heap?: { readonly sendingBytes: number; readonly endBytes: number };
	/** Milliseconds by part of the program. */
	readonly profile?: Readonly<Record<string, number>>;
}

export const WARM_UP_ITEMS = 200;

const BYTES_PER_KB = 1024;

/** Peak resident memory of this process so far. */
export const peakRssBytes = (): number => process.resourceUsage().maxRSS * BYTES_PER_KB;

/** Collects garbage, so that objects made before the clock starts cost no time after it. */
export const collectGarbage = (): void => global.gc?.();

/** Live bytes of this process, after a garbage collection. */
export const liveBytes = (): number => {
	collectGarbage();
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
};

/** Makes the items by parsing JSON, as data of an HTTP answer: objects built by code have another memory layout. */
export const asReceived = <Data>(data: Data): Data => JSON.parse(JSON.stringify(data)) as Data;

/** Does the job given on the command line and reports to the parent process. It ends with the parent. */
export const runJob = (measure: (job: Job) => Promise<Report>): void => {
	process.on('disconnect', () => process.exit(1));
	const tell = (message: object, exitCode: number) =>
		process.send?.(message, undefined, undefined, () => process.exit(exitCode));
	measure(JSON.parse(process.argv[2] as string) as Job).then(
		(report) => tell({ report }, 0),
		(error: Error) => tell({ failed: error.message }, 1),
	);
};
