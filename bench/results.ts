/** The type of `results.json`, from which the report is made. */

export type WayId = '1' | '1b' | '1c' | '2a' | '2b' | '2c' | '2d' | '2e' | '2f' | '2g' | '3a' | '3b' | '3c' | '3d' | '3e' | '4a' | '4b' | '4c' | '4d' | '5a' | '5b' | '6a' | '6b';

/** The measurement of one way with one number of items. */
export interface Measurement {
	readonly way: WayId;
	/** Items. */
	readonly n: number;
	/** Median of all runs. Undefined when the measurement failed. */
	readonly seconds?: number;
	/** Number of runs for the median. 0 for an extrapolated one. */
	readonly runs: number;
	/** Requests with records, and requests for entities. Undefined when nothing was measured. */
	readonly requests?: number;
	/** Records and body bytes that the server received. */
	readonly records?: number;
	readonly bytes?: number;
	readonly peakRssBytes?: number;
	/** The measured number of items. The seconds grow in proportion to it. */
	readonly extrapolatedFrom?: number;
	/** Why there is no result. */
	readonly failed?: string;
}

/** Live heap of the node, above the heap that contains only the input items. */
export interface HeapMeasurement {
	readonly way: WayId;
	readonly n: number;
	/** Maximum of bytes while requests were sent. */
	readonly sendingBytes?: number;
	/** Bytes at the end, with the output items. */
	readonly endBytes?: number;
	readonly failed?: string;
}

/** The time of each part of one run. */
export interface Profile {
	readonly way: WayId;
	readonly n: number;
	/** Milliseconds by part of the program. */
	readonly parts?: Readonly<Record<string, number>>;
	readonly failed?: string;
}

/** One pair of options on a Kibana in which every request waits for a refresh. */
export interface GridCell {
	readonly chunkSize: number;
	readonly concurrency: number;
	/** Seconds for `n` of the grid, extrapolated when fewer were sent. */
	readonly seconds?: number;
	readonly requests?: number;
	/** Records that were sent, if they were fewer than `n`. */
	readonly extrapolatedFrom?: number;
	readonly failed?: string;
}

export interface Grid {
	readonly n: number;
	readonly refreshMs: number;
	readonly cells: readonly GridCell[];
}

/** How long the requests of somebody took. */
export interface Latency {
	readonly requests: number;
	readonly medianMs: number;
	/** 95th percentile. */
	readonly p95Ms: number;
}

/** The creation of entities on a model of a Kibana, while a bystander asks for its status. */
export interface CreationMeasurement {
	readonly way: Extract<WayId, '6a' | '6b'>;
	readonly n: number;
	/** Creations in a second that this Kibana can do, or lets through. */
	readonly mostPerSecond: number;
	/** Undefined, as everything below, when the measurement failed or an entity was lost. */
	readonly seconds?: number;
	/** The bystander, without creations and during them. */
	readonly idle?: Latency;
	readonly busy?: Latency;
	/** Requests that write, and those of them that were refused with a 429. */
	readonly requests?: number;
	readonly refused?: number;
	/** The same after the first minute. */
	readonly laterRequests?: number;
	readonly laterRefused?: number;
	readonly failed?: string;
}

/** How a client connects to the server for each of many requests. */
export type ConnectionWay = 'http' | 'https' | 'keepAlive' | 'reused';

/** What the connections of requests at a steady rate cost. */
export interface ConnectionMeasurement {
	readonly way: ConnectionWay;
	readonly perSecond: number;
	readonly latency?: Latency;
	/** Milliseconds of the processor for each request. */
	readonly clientMs?: number;
	readonly serverMs?: number;
	/** Connections that the server accepted, and those that took over a TLS session. */
	readonly connections?: number;
	readonly resumed?: number;
	readonly failed?: string;
}

export interface Results {
	readonly machine: {
		readonly cores: number;
		readonly memoryBytes: number;
		/** Load average of the minute before the start. If it is well above 0, the machine also did other work. */
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
		/** Bytes of a record in the bodies of the floor. */
		readonly recordBytes: number;
		readonly kibana: string;
	};
	/** Duration of the whole benchmark. */
	readonly totalSeconds: number;
	readonly measurements: readonly Measurement[];
	readonly heap: readonly HeapMeasurement[];
	readonly profiles: readonly Profile[];
	readonly grid?: Grid;
	readonly creations?: readonly CreationMeasurement[];
	readonly connections?: readonly ConnectionMeasurement[];
}
