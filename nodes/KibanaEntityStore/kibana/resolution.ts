/** How a generation says that several entities stand for one thing. */
import type { WriteStep } from './step';
import type { KibanaClient } from './http/client';
import type { Reply } from './reply';

type Clock = () => number;

/** A target with the entities that are linked to it, as Kibana reports them. */
export interface ResolutionGroup {
	readonly target: object;
	readonly aliases: readonly object[];
	/** The aliases and the target. */
	readonly group_size: number;
}

/** A rule by which Kibana links entities by itself. */
export interface ResolutionRule {
	readonly id: string;
	readonly enabled: boolean;
}

/** Records are JSON texts of entity IDs. */
export interface ResolutionApi {
	/** Returns the bytes of a request around its entities. */
	readonly envelopeBytes: (targetId?: string) => number;
	/** Links entities to a target. */
	readonly link: (client: KibanaClient, now: Clock, targetId: string) => WriteStep;
	readonly unlink: (client: KibanaClient, now: Clock) => WriteStep;
	/** Returns the group that an entity is in. One that is not linked is a group of its own. */
	readonly group: (
		client: KibanaClient,
		now: Clock,
		entityId: string,
	) => Promise<Reply<ResolutionGroup>>;
	readonly rules: (client: KibanaClient, now: Clock) => Promise<Reply<readonly ResolutionRule[]>>;
	readonly switchRule: (
		client: KibanaClient,
		now: Clock,
		id: string,
		isOn: boolean,
	) => Promise<Reply<ResolutionRule>>;
}
