using System.Collections.Concurrent;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The creates of this process in one account, over all connections. A key that one of them may have created is not
/// returned for another, and one look serves all that wait.
/// </summary>
/// <remarks>
/// A look can show a key whose response is still in flight. So a key that fits several creates is given to one of them
/// only after each request that was sent before the end of the look has its response. Creates with the same values may
/// exchange keys among themselves: there are as many keys as creates.
/// </remarks>
internal sealed class AccountCreates(TimeProvider time)
{
    /// <summary>One for each account in which the process creates keys, so none is ever removed.</summary>
    private static readonly ConcurrentDictionary<AccountId, AccountCreates> Accounts = new();

    private readonly object _lock = new();
    private readonly List<CreateCall> _calls = [];
    private readonly ConcurrentDictionary<string, LookSchedule> _looks = new(StringComparer.OrdinalIgnoreCase);
    private long _order;

    internal static AccountCreates Of(ByokConnection connection, TimeProvider time) =>
        Accounts.GetOrAdd(AccountId.Of(connection, time), static id => new AccountCreates(id.Time));

    /// <summary>The looks at a workspace; <see langword="null"/>: the account's default workspace.</summary>
    internal LookSchedule LooksAt(string? workspace) => _looks.GetOrAdd(workspace ?? string.Empty, _ => new LookSchedule(time));

    /// <summary>The next number in the order of requests and looks.</summary>
    internal long TakeOrder()
    {
        lock (_lock)
        {
            return ++_order;
        }
    }

    internal void BeginPost(CreateCall call)
    {
        lock (_lock)
        {
            if (!_calls.Contains(call))
            {
                _calls.Add(call);
            }

            call.BeginPost(++_order);
        }
    }

    internal void EndPost(CreateCall call, CreateState state, DateTimeOffset? sentAt)
    {
        lock (_lock)
        {
            call.EndPost(state, sentAt);
        }
    }

    internal void Watch(CreateCall call)
    {
        lock (_lock)
        {
            call.Watch();
        }
    }

    /// <summary>The end of a create. Only after it may its raw key be disposed.</summary>
    internal void Leave(CreateCall call)
    {
        lock (_lock)
        {
            _calls.Remove(call);
        }
    }

    /// <summary>What a look shows for a create; a key that is found belongs to the create from then on.</summary>
    internal CreateVerdict Judge(CreateCall call, Look look)
    {
        lock (_lock)
        {
            List<ByokKey> possible = [.. look.Keys.Where(key => IsPossible(key, call, look))];
            List<ByokKey> fitting = possible.FindAll(key => KeyMatch.IsOf(key, call) && !KeyMatch.IsOlder(key, call, look.ClockOffset));
            if (fitting.Count == 0)
            {
                string? evidence = possible.Count > 0 ? $"It may be {KeyMatch.Describe(possible)}." : look.Doubt;
                return new CreateVerdict(evidence is null ? CreateFinding.Absent : CreateFinding.Doubtful, evidence);
            }

            List<Task> pending = [.. PostsBefore(look, call, fitting).Select(static other => other.Answered)];
            if (pending.Count > 0)
            {
                return new CreateVerdict(CreateFinding.Undecided, Pending: Task.WhenAll(pending));
            }

            List<ByokKey> contested = fitting.FindAll(key => IsContested(key, call, look));
            contested.ForEach(static key => ClaimedKeys.Contest(key.Id));
            if (contested.Count > 0 || fitting.Exists(static key => key.CreatedAt is null))
            {
                return new CreateVerdict(CreateFinding.Contested, $"It may be {KeyMatch.Describe(fitting)}.");
            }

            // The newest: a key that was just created is newer than a twin that existed before.
            ByokKey found = fitting.OrderByDescending(static key => key.CreatedAt).First();
            int alike = _calls.Count(other => other.FirstOrder < look.Order && other.HasSameKey(call) && KeyMatch.IsOf(found, other));
            return !ClaimedKeys.TryClaim(found.Id)
                ? Judge(call, look)
                : new CreateVerdict(CreateFinding.Found, Key: found, Alike: fitting.Count > alike ? fitting.FindAll(key => key != found) : []);
        }
    }

    /// <summary>The keys of a look that an earlier attempt of a create seems to have made beside the one that it has.</summary>
    internal IReadOnlyList<ByokKey> FindTwins(CreateCall call, Look look)
    {
        lock (_lock)
        {
            return
            [
                .. look.Keys.Where(key => !ClaimedKeys.Contains(key.Id)
                    && KeyMatch.IsOf(key, call)
                    && !KeyMatch.IsOlder(key, call, look.ClockOffset)
                    && !_calls.Exists(other => other != call && other.State != CreateState.Watching && KeyMatch.IsOf(key, other))),
            ];
        }
    }

    /// <summary>Whether a create may have created a key, and the key does not certainly belong to another create.</summary>
    private bool IsPossible(ByokKey key, CreateCall call, Look look) =>
        !ClaimedKeys.Contains(key.Id)
        && !KeyMatch.IsCertainlyOlder(key, call, look.ClockOffset)
        && KeyMatch.MayBeOf(key, call)
        && (KeyMatch.IsOf(key, call) || !_calls.Exists(other => other != call && KeyMatch.IsOf(key, other)));

    /// <summary>Other creates that may have made one of these keys and still wait for the response.</summary>
    private IEnumerable<CreateCall> PostsBefore(Look look, CreateCall call, List<ByokKey> keys) => _calls.Where(other =>
        other != call
        && other.State == CreateState.Posting
        && other.LastOrder < look.Order
        && keys.Exists(key => KeyMatch.IsOf(key, other)));

    /// <summary>Whether a key also fits another create with another raw key, or fitted it in an earlier look.</summary>
    private bool IsContested(ByokKey key, CreateCall call, Look look) =>
        ClaimedKeys.IsContested(key.Id)
        || _calls.Exists(other => other != call && other.FirstOrder < look.Order && !other.HasSameKey(call) && KeyMatch.IsOf(key, other));
}
