/** One poll: list the entities, compare them with what was kept, report what is new. */
import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type INodeExecutionData,
	type IPollFunctions,
} from 'n8n-workflow';

import { KIBANA_VERSIONS } from '../../entity/fields';
import type { Failure } from '../../failure';
import type { Generation, ListedEntity } from '../../kibana/generation';
import { NOT_INSTALLED } from '../../kibana/installed';
import { openSession, type Session } from '../../n8n/session';
import { compare } from '../../trigger/comparison';
import { samplesOf, type Report } from '../../trigger/report';
import { loadState, scopeOf } from '../../trigger/state';
import { listEntities, pagesOf } from '../entity/read/list';
import { toOutput } from '../entity/read/output';
import { withAdvice } from '../fixes';
import { askPatiently } from '../perItem';
import { sessionSettings } from '../requestOptions';
import { readSettings, type TriggerSettings } from './settings';

type Items = INodeExecutionData[];
type Failed = { readonly failure: Failure };

/** Where the state stands in the static data of the node. */
const STATE = 'entities';

/** How many samples a test in the editor shows, and how many entities it looks at for them. */
const SAMPLES = 3;
const SAMPLED_ENTITIES = 200;

/** n8n starts a poll also while the one before still runs; both would report the same. */
const running = new Set<string>();

/** The static data that was polled with, by node of a started workflow. */
const polled = new WeakSet<object>();

/**
 * Whether this is the poll with which n8n starts a workflow: n8n saves the static data after it, with or without an
 * execution.
 */
const isStart = (context: IPollFunctions): boolean => {
	const kept = context.getWorkflowStaticData('node');
	const isFirst = !polled.has(kept);
	polled.add(kept);
	// In this mode n8n may also read the static data anew for each poll.
	return isFirst && context.getActivationMode() !== 'update';
};

const toItem = (
	{ event, before, after, entity }: Report<ListedEntity>,
	isSimplified: boolean,
): INodeExecutionData => ({
	json: {
		event,
		entityId: entity.id,
		entityType: entity.type,
		before: before as IDataObject,
		after: after as IDataObject,
		entity: toOutput(entity, isSimplified),
	},
});

/** Returns why a generation cannot report what is to be watched, if it cannot. */
const refusalOf = (
	{ name, paging }: Generation,
	{ aspects }: TriggerSettings,
): Failure | undefined => {
	const hidden = aspects.find(({ path }) => path !== undefined && !paging.shows(path));
	return hidden === undefined
		? undefined
		: {
				reason: 'invalidSetting',
				message: `${KIBANA_VERSIONS[name]} do not list ${hidden.path}, so it cannot be watched`,
				hint: 'Leave this event or field out',
			};
};

/**
 * A space without an entity store answers with an empty list, which does not mean that all entities are gone.
 *
 * @returns why there is nothing to list, if that is known
 */
const reasonOfNothing = async (
	session: Session,
	generation: Generation,
	space: string,
): Promise<Failure | undefined> => {
	const reply = await askPatiently(
		session,
		async () => await generation.store.status(session.clientOf(space), session.now),
	);
	if ('failure' in reply) return reply.failure;
	if (reply.value.engines.length > 0) return undefined;
	return NOT_INSTALLED;
};

/** Returns items as events would look, and leaves alone what is kept. */
const sample = async (
	session: Session,
	generation: Generation,
	{ space, query, aspects, isSimplified }: TriggerSettings,
): Promise<Items | Failed> => {
	const keep = (entity: ListedEntity) => entity;
	const listed = await listEntities(session, generation, space, query, keep, SAMPLED_ENTITIES);
	if ('failure' in listed) return listed;
	const reports = samplesOf(aspects, listed.values, SAMPLES);
	if (reports.length > 0) return reports.map((report) => toItem(report, isSimplified));
	const message = 'No entity fits the filters, so there is nothing to show';
	return { failure: { reason: 'notFound', message } };
};

/**
 * Compares all entities with what was kept, and keeps what they are now.
 *
 * @returns the items, or undefined when there is nothing to report and nothing that n8n must save
 */
const report = async (
	context: IPollFunctions,
	session: Session,
	generation: Generation,
	{ space, query, aspects, isSimplified, options }: TriggerSettings,
	isStarting: boolean,
): Promise<Items | undefined | Failed> => {
	const kept = context.getWorkflowStaticData('node');
	const comparison = compare<ListedEntity>(aspects, loadState(kept[STATE]), {
		scope: scopeOf([session.baseUrl, generation.name, space, { ...query, paths: [] }]),
		reportsExisting: options.emitExisting,
		maxReports: options.maxItems,
	});
	let isNothingListed = true;
	for await (const page of pagesOf(session, generation, space, query)) {
		if ('failure' in page) return page;
		for (const entity of page.entities) {
			comparison.see(entity, generation.entityKey(entity.type, entity.id));
			isNothingListed = false;
		}
	}
	if (isNothingListed) {
		const failure = await reasonOfNothing(session, generation, space);
		if (failure) return { failure };
	}
	const outcome = comparison.finish();
	if ('failure' in outcome) return outcome;

	// Nothing may fail from here on: what is kept now counts as reported.
	if (outcome.state) kept[STATE] = outcome.state as unknown as IDataObject;
	if (outcome.reports.length > 0) {
		return outcome.reports.map((one) => toItem(one, isSimplified));
	}
	// n8n saves static data only together with an execution, unless it keeps it apart from the workflow;
	// then it is no observed object.
	return outcome.mustSave && !isStarting && '__dataChanged' in kept ? [] : undefined;
};

const run = async (
	context: IPollFunctions,
	isStarting: boolean,
): Promise<Items | undefined | Failed> => {
	const settings = readSettings(context);
	if ('failure' in settings) return settings;
	const session = await openSession(context, sessionSettings(settings.options));
	if ('failure' in session) return session;
	const detected = await session.detect();
	if ('failure' in detected) return detected;
	const { generation } = detected;
	const failure = refusalOf(generation, settings);
	if (failure) return { failure };
	return context.getMode() === 'manual'
		? await sample(session, generation, settings)
		: await report(context, session, generation, settings, isStarting);
};

const toError = (context: IPollFunctions, failure: Failure): NodeApiError | NodeOperationError => {
	const { message, hint, httpStatus } = withAdvice(failure);
	const node = context.getNode();
	const error =
		httpStatus === undefined
			? new NodeOperationError(node, message, { description: hint })
			: new NodeApiError(
					node,
					{ message },
					{ message, description: hint, httpCode: String(httpStatus) },
				);
	// n8n replaces messages that name a network error, such as ECONNREFUSED, by general ones.
	return Object.assign(error, { message });
};

/**
 * Polls once.
 *
 * @returns the events as items, or null when nothing is to be started
 * @throws NodeApiError or NodeOperationError when the poll fails. Then the next one reports what this one missed
 */
export const poll = async (context: IPollFunctions): Promise<INodeExecutionData[][] | null> => {
	const isTest = context.getMode() === 'manual';
	const key = `${context.getWorkflow().id} ${context.getNode().id}`;
	const isStarting = !isTest && isStart(context);
	if (!isTest && running.has(key)) return null;
	if (!isTest) running.add(key);
	try {
		const result = await run(context, isStarting);
		if (result === undefined) return null;
		if ('failure' in result) throw toError(context, result.failure);
		return [result];
	} finally {
		if (!isTest) running.delete(key);
	}
};
