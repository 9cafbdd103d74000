/** What a measuring process is asked to do, and how it answers. */

export interface Job {
	readonly way: string;
	/** Items. */
	readonly n: number;
	/** Counted by the server. */
	readonly baseUrl: string;
	/** For the small runs before the measured one, which load and compile what every run needs. */
	readonly warmUpUrl: string;
	readonly chunkSize: number;
	readonly concurrency: number;
	/** Whether to measure live heap instead of time. */
	readonly heap?: boolean;
	/** Whether to say where the time goes. */
	readonly profile?: boolean;
}

export interface Report {
	readonly seconds: number;
	/** Of the whole process, from its start to the end of the measured run. */
	readonly peakRssBytes: number;
	/** How many output items said what, where there are output items. */
	readonly outputs?: Readonly<Record<string, number>>;
	/** Body bytes of one record, where the bodies were made beforehand. */
	readonly recordBytes?: number;
	readonly heap?: { readonly sendingBytes: number; readonly endBytes: number };
	/** Milliseconds by part of the program. */
	readonly profile?: Readonly<Record<string, number>>;
}

export const WARM_UP_ITEMS = 200;

const BYTES_PER_KB = 1024;

/** Peak resident memory of this process so far. */
export const peakRssBytes = (): number => process.resourceUsage().maxRSS * BYTES_PER_KB;

/** Collects garbage, so that what was made before the clock starts does not cost time after it. */
export const collectGarbage = (): void => global.gc?.();

/** As data comes from an HTTP answer; what a program puts together lies otherwise in memory. */
export const asReceived = <Data>(data: Data): Data => JSON.parse(JSON.stringify(data)) as Data;

/** Does the job given on the command line and reports to the parent process, without which it ends. */
export const runJob = (measure: (job: Job) => Promise<Report>): void => {
	process.on('disconnect', () => process.exit(1));
	const tell = (message: object, exitCode: number) =>
		process.send?.(message, undefined, undefined, () => process.exit(exitCode));
	measure(JSON.parse(process.argv[2] as string) as Job).then(
		(report) => tell({ report }, 0),
		(error: Error) => tell({ failed: error.message }, 1),
	);
};
