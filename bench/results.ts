/** The shape of `results.json`, from which the report is made. */

export type WayId = '1' | '1b' | '1c' | '2a' | '2b' | '2c' | '2d' | '2e' | '2f' | '2g' | '3a' | '3b' | '3c' | '3d' | '3e';

/** One way of writing one number of items. */
export interface Measurement {
	readonly way: WayId;
	/** Items. */
	readonly n: number;
	/** Median of all runs; undefined when the measurement failed. */
	readonly seconds?: number;
	/** How many runs the median is of; 0 for an extrapolated one. */
	readonly runs: number;
	/** Requests with records; undefined when nothing was measured. */
	readonly requests?: number;
	/** Records and body bytes that the server received. */
	readonly records?: number;
	readonly bytes?: number;
	readonly peakRssBytes?: number;
	/** The number of items that was measured instead; the seconds grow with the items. */
	readonly extrapolatedFrom?: number;
	/** Why there is no figure. */
	readonly failed?: string;
}

/** Live heap of the node, above the heap with only the input items in it. */
export interface HeapMeasurement {
	readonly way: WayId;
	readonly n: number;
	/** Most bytes while requests were sent. */
	readonly sendingBytes?: number;
	/** Bytes at the end, when the output items exist too. */
	readonly endBytes?: number;
	readonly failed?: string;
}

/** Where the time of one run goes. */
export interface Profile {
	readonly way: WayId;
	readonly n: number;
	/** Milliseconds by part of the program. */
	readonly parts?: Readonly<Record<string, number>>;
	readonly failed?: string;
}

/** One pair of options on a Kibana that makes every request wait for a refresh. */
export interface GridCell {
	readonly chunkSize: number;
	readonly concurrency: number;
	/** For `n` of the grid, extrapolated when fewer were sent. */
	readonly seconds?: number;
	readonly requests?: number;
	/** Records really sent, where they were fewer than `n`. */
	readonly extrapolatedFrom?: number;
	readonly failed?: string;
}

export interface Grid {
	readonly n: number;
	readonly refreshMs: number;
	readonly cells: readonly GridCell[];
}

export interface Results {
	readonly machine: {
		readonly cores: number;
		readonly memoryBytes: number;
		/** Load average of the minute before the start: well above 0, others worked on the machine too. */
		readonly loadBefore: number;
		readonly node: string;
		readonly n8n: string;
		readonly n8nCore: string;
	};
	readonly settings: {
		readonly quick: boolean;
		readonly chunkSize: number;
		readonly concurrency: number;
		readonly heapLimitMb: number;
		/** Per record, from the floor's bodies. */
		readonly recordBytes: number;
		readonly kibana: string;
	};
	/** Of the whole benchmark. */
	readonly totalSeconds: number;
	readonly measurements: readonly Measurement[];
	readonly heap: readonly HeapMeasurement[];
	readonly profiles: readonly Profile[];
	readonly grid?: Grid;
}
