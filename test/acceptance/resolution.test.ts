/** The operations of the resource Resolution. */
import type { IDataObject } from 'n8n-workflow';

import type { TestKibana } from '../../sandbox/kibana/server';
import { withKibana } from '../../sandbox/kibana/testing';
import { errorsOf, runner, watch } from './resource';

const runOn = runner('resolution');

const LINK = 'POST /api/security/entity_store/resolution/link';
const UNLINK = 'POST /api/security/entity_store/resolution/unlink';

const entity = { entityId: '={{ $json.id }}' };
const toTarget = { ...entity, targetId: '={{ $json.target }}' };

const user = (name: string, provider = 'unknown') => `user:${name}@${provider}`;

const seed = (kibana: TestKibana, ...ids: string[]): void => {
	for (const id of ids) {
		const [Type] = id.split(':');
		kibana.seed(Type as 'user', { entity: { id, EngineMetadata: { Type } } });
	}
};

const targetsIn = (kibana: TestKibana) =>
	Object.fromEntries(
		kibana.documents().map(({ entity: own }) => {
			const { id, relationships } = own as IDataObject;
			const { resolution } = (relationships ?? {}) as IDataObject;
			return [id, (resolution as IDataObject | undefined)?.resolved_to];
		}),
	);

const REVISIONS = [{ revision: '9.4' }, { revision: '9.5' }, { revision: '9.6' }] as const;

describe.each(REVISIONS)('Resolution on Kibana $revision', (options) => {
	it('links entities in one request a target, and unlinks them', async () => {
		await withKibana(options, async (kibana) => {
			const [jane, bob] = [user('jane', 'okta'), user('bob', 'okta')];
			seed(kibana, jane, bob, user('jane'), user('j.doe'), user('bob'));
			const items = [
				{ id: user('jane'), target: jane },
				{ id: user('bob'), target: bob },
				{ id: user('j.doe'), target: jane },
				{ id: user('jane'), target: jane },
			];
			const { changes, bodies } = watch(kibana);
			const linked = await runOn(kibana, 'link', toTarget, items);
			expect(linked.done).toEqual(
				items.map(({ id, target }) => ({ entityId: id, targetId: target, status: 'linked' })),
			);
			expect(changes()).toEqual([LINK, LINK]);
			expect(bodies).toEqual([
				{ target_id: jane, entity_ids: [user('jane'), user('j.doe')] },
				{ target_id: bob, entity_ids: [user('bob')] },
			]);
			const again = await runOn(kibana, 'link', toTarget, items);
			expect(again.done.map(({ status }) => status)).toEqual(items.map(() => 'unchanged'));
			const ids = [{ id: user('jane') }, { id: jane }];
			const unlinked = await runOn(kibana, 'unlink', entity, ids);
			expect(unlinked.done).toEqual([
				{ entityId: user('jane'), status: 'unlinked' },
				{ entityId: jane, status: 'unchanged' },
			]);
			expect(changes().at(-1)).toBe(UNLINK);
			expect(targetsIn(kibana)).toMatchObject({ [user('j.doe')]: jane, [user('bob')]: bob });
		});
	});

	it('fails only the entities that are missing, refused or of another type', async () => {
		await withKibana(options, async (kibana) => {
			const target = user('jane', 'okta');
			seed(kibana, target, user('a'), user('b'), user('c'), user('other'), 'host:web-01');
			const also = { id: user('c'), target: user('other') };
			await runOn(kibana, 'link', toTarget, [also]);
			const items = [
				user('a'),
				user('nobody'),
				user('c'),
				user('other'),
				target,
				'host:web-01',
				user('b'),
				user('x, y'),
			].map((id) => ({ id, target }));
			const result = await runOn(kibana, 'link', toTarget, items);
			expect(result.done.map(({ entityId }) => entityId)).toEqual([user('a'), user('b')]);
			const failures = Object.fromEntries(
				result.failed.map(({ error, details }) => [(details as IDataObject).entityId, error]),
			);
			expect(failures).toEqual({
				[user('nobody')]: expect.stringContaining('Kibana has no such entity'),
				[user('x, y')]: expect.stringContaining('Kibana has no such entity'),
				[user('c')]: expect.stringContaining('is already resolved to'),
				[user('other')]: expect.stringContaining('has aliases'),
				[target]: expect.stringContaining('to itself'),
				'host:web-01': expect.stringContaining('must be of the same type'),
			});
		});
	});

	it('fails all entities of a target that is missing or linked itself, with one request', async () => {
		await withKibana(options, async (kibana) => {
			seed(kibana, user('a'), user('b'), user('c'), user('d'));
			await runOn(kibana, 'link', toTarget, [{ id: user('c'), target: user('d') }]);
			const { changes } = watch(kibana);
			const items = ['nobody', 'c'].flatMap((target) =>
				['a', 'b'].map((id) => ({ id: user(id), target: user(target) })),
			);
			const result = await runOn(kibana, 'link', toTarget, items);
			expect(errorsOf(result).map(({ error, reason }) => [error, reason])).toEqual([
				[expect.stringContaining('Kibana has no such target'), 'notFound'],
				[expect.stringContaining('Kibana has no such target'), 'notFound'],
				[expect.stringContaining('Kibana refused the target'), 'refused'],
				[expect.stringContaining('Kibana refused the target'), 'refused'],
			]);
			expect(changes()).toHaveLength(2);
		});
	});

	it('tells of the group of a target, of an alias, and of an entity by itself', async () => {
		await withKibana(options, async (kibana) => {
			seed(kibana, user('a'), user('b'), user('c'));
			await runOn(kibana, 'link', toTarget, [{ id: user('a'), target: user('b') }]);
			const items = ['a', 'b', 'c', 'nobody'].map((name) => ({ id: user(name) }));
			const result = await runOn(kibana, 'getGroup', entity, items);
			const idOf = (document: unknown) =>
				((document as IDataObject).entity as IDataObject).id as string;
			const groups = result.done.map(({ target, aliases, group_size: size }) => [
				idOf(target),
				(aliases as IDataObject[]).map(idOf),
				size,
			]);
			expect(groups).toEqual([
				[user('b'), [user('a')], 2],
				[user('b'), [user('a')], 2],
				[user('c'), [], 1],
			]);
			expect(errorsOf(result)).toMatchObject([
				{
					error: expect.stringContaining('Kibana has no such entity'),
					message: 'Check the entity ID and the space',
					reason: 'notFound',
				},
			]);
		});
	});

	it('needs an Enterprise licence, and says so once', async () => {
		await withKibana({ ...options, license: 'platinum' }, async (kibana) => {
			seed(kibana, user('a'), user('b'));
			const { changes } = watch(kibana);
			const items = [{ id: user('a'), target: user('b') }];
			for (const operation of ['link', 'unlink', 'getGroup']) {
				const result = await runOn(kibana, operation, toTarget, items);
				expect(errorsOf(result)).toEqual([
					{
						error: expect.stringContaining('Entity Resolution requires an Enterprise license'),
						message: expect.stringContaining('entity resolution needs Enterprise'),
						reason: 'forbidden',
					},
				]);
			}
			expect(changes()).toEqual([LINK, UNLINK]);
		});
	});
});

describe('Resolution', () => {
	it('lists rules and turns them on and off from Kibana 9.5 on', async () => {
		await withKibana({ revision: '9.5' }, async (kibana) => {
			const off = await runOn(kibana, 'disableRule', { ruleId: 'email_exact_match' });
			expect(off.done).toEqual([{ id: 'email_exact_match', enabled: false }]);
			const enabled = async () =>
				(await runOn(kibana, 'getManyRules')).done.map(({ id, enabled: isOn }) => [id, isOn]);
			expect(await enabled()).toEqual([
				['email_exact_match', false],
				['related_user_bridge', true],
			]);
			await runOn(kibana, 'enableRule', { ruleId: 'email_exact_match' });
			expect((await enabled())[0]).toEqual(['email_exact_match', true]);
			const unknown = await runOn(kibana, 'enableRule', { ruleId: 'a b' });
			expect(errorsOf(unknown)).toMatchObject([
				{ error: expect.stringContaining('Kibana has no such rule'), reason: 'notFound' },
			]);
			for (const ruleId of ['={{ "" }}', '={{ ".." }}', 'a/b']) {
				const [failure] = errorsOf(await runOn(kibana, 'disableRule', { ruleId }));
				expect(failure?.error).toBe('A rule ID is required, without slashes');
			}
		});
		await withKibana({ revision: '9.4' }, async (kibana) => {
			for (const operation of ['getManyRules', 'enableRule', 'disableRule']) {
				expect(errorsOf(await runOn(kibana, operation, { ruleId: 'a' }))).toEqual([
					{
						error: expect.stringContaining('This Kibana has no resolution rules'),
						message: 'Kibana 9.5 is the first that has them',
						reason: 'routeMissing',
					},
				]);
			}
		});
	});

	it('links more than 1,000 entities in several requests', async () => {
		await withKibana({ revision: '9.4' }, async (kibana) => {
			const ids = Array.from({ length: 1_001 }, (_, index) => user(`u${index}`));
			seed(kibana, user('target'), ...ids);
			const { changes } = watch(kibana);
			const items = ids.map((id) => ({ id, target: user('target') }));
			const { done } = await runOn(kibana, 'link', toTarget, items);
			expect(done).toHaveLength(1_001);
			expect(changes()).toEqual([LINK, LINK]);
		});
	});

	it('takes fields that name an entity, and refuses what is missing', async () => {
		await withKibana({ revision: '9.4' }, async (kibana) => {
			seed(kibana, user('jane', 'okta'), user('jane'));
			const named = {
				targetId: user('jane', 'okta'),
				identifyBy: 'fields',
				entityType: 'user',
				namingFields: { userName: '={{ $json.name }}' },
			};
			const result = await runOn(kibana, 'link', named, [{ name: 'jane' }, {}]);
			expect(result.done.map(({ entityId }) => entityId)).toEqual([user('jane')]);
			expect(errorsOf(result)[0]?.error).toBe('Nothing names this user');
			const none = await runOn(kibana, 'link', { ...toTarget, targetId: '={{ "" }}' }, [
				{ id: 'a' },
			]);
			expect(errorsOf(none)[0]?.error).toBe('A target is required');
			for (const operation of ['unlink', 'getGroup']) {
				const empty = await runOn(kibana, operation, entity, [{ id: '' }]);
				expect(errorsOf(empty)[0]?.error).toBe('The item has no entity ID');
			}
		});
	});

	it('reads answers that leave entities out, or that are none', async () => {
		await withKibana({ revision: '9.4' }, async (kibana) => {
			const items = ['x', 'y'].map((id) => ({ id, target: 't' }));
			const body = JSON.stringify({ linked: ['x'], skipped: [], target_id: 't' });
			kibana.answerNextOn('resolution', { status: 200, body });
			const result = await runOn(kibana, 'link', toTarget, items);
			expect(result.paired).toEqual([0]);
			expect(result.failed[0]).toMatchObject({
				error: 'Kibana did not say what became of this entity',
				details: { status: 'unknown' },
			});
			kibana.answerNextOn('resolution', { status: 200, body: '{"skipped":[]}' });
			const unread = await runOn(kibana, 'unlink', toTarget, items);
			expect(unread.failed).toHaveLength(2);
			expect(unread.failed[0]).toMatchObject({ details: { status: 'unknown' } });
		});
	});

	it('does not exist before Kibana 9.4, and says so', async () => {
		await withKibana({ api: 'v1' }, async (kibana) => {
			const parameters = { ...entity, targetId: 't', ruleId: 'r' };
			const operations = [
				'disableRule',
				'enableRule',
				'getGroup',
				'getManyRules',
				'link',
				'unlink',
			];
			for (const operation of operations) {
				expect(errorsOf(await runOn(kibana, operation, parameters, [{ id: 'a' }]))).toEqual([
					{
						error: 'Kibana 9.2 and 9.3 cannot link entities',
						message: 'Kibana 9.4 is the first that can, with an Enterprise licence',
						reason: 'routeMissing',
					},
				]);
			}
		});
	});
});
