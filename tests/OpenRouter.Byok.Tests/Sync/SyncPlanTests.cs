using FsCheck;
using FsCheck.Fluent;
using OpenRouter.Byok.Sync;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>The plan of Sync-ByokKey as a pure function: random accounts, random lists.</summary>
public sealed class SyncPlanTests
{
    private const string Workspace = "11111111-2222-3333-4444-555555555555";
    private static readonly string[] Providers = ["openai", "anthropic", "groq"];
    private static readonly string[] Names = ["a", "b", "c", "d"];

    [Theory]
    [InlineData(1UL)]
    [InlineData(20261125UL)]
    public void Planning_again_after_the_plan_was_applied_gives_no_changes(ulong seed) => Check(seed, (keys, rows, prunes) =>
    {
        SyncStep[] plan = [.. SyncPlan.Make(rows, keys, rotatesAll: false, prunes)];
        List<ByokKey> after = Apply(plan, keys);
        SyncStep[] again = [.. SyncPlan.Make([.. plan.Where(step => step.Desired is not null && step.Action != ByokSyncAction.Failed).Select(step => step.Desired!)], after, rotatesAll: false, prunes: false)];
        return again.All(step => step.Action == ByokSyncAction.Unchanged);
    });

    [Theory]
    [InlineData(2UL)]
    [InlineData(271828UL)]
    public void No_field_that_is_equal_is_sent_and_every_row_has_one_step(ulong seed) => Check(seed, (keys, rows, prunes) =>
    {
        SyncStep[] plan = [.. SyncPlan.Make(rows, keys, rotatesAll: false, prunes)];
        bool isComplete = plan.Where(step => step.Desired is not null).Select(step => step.Desired!.Row).SequenceEqual(rows.Select(row => row.Row));
        bool sendsOnlyDifferences = plan.All(step => step.Differences.All(difference => !Equals(difference.Old, difference.New)));
        bool isQuiet = plan.Where(step => step.Action == ByokSyncAction.Unchanged).All(step => step.Differences.Count == 0 && !step.Changes.Any());
        return isComplete && sendsOnlyDifferences && isQuiet;
    });

    [Theory]
    [InlineData(3UL)]
    [InlineData(314159UL)]
    public void A_key_that_no_row_names_is_touched_by_pruning_alone_and_only_within_the_providers_of_the_list(ulong seed) => Check(seed, (keys, rows, prunes) =>
    {
        SyncStep[] plan = [.. SyncPlan.Make(rows, keys, rotatesAll: false, prunes)];
        SyncStep[] removals = [.. plan.Where(step => step.Action == ByokSyncAction.Removed)];
        var named = plan.Where(step => step.Desired is not null && step.Key is not null).Select(step => step.Key!.Id).ToHashSet();
        bool touchesOnlyNamed = plan.Where(step => step.Desired is null).All(step => step.Action == ByokSyncAction.Removed && !named.Contains(step.Key!.Id));
        var providers = rows.Select(row => row.Provider ?? keys.Single(key => key.Id == row.Id).Provider).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return touchesOnlyNamed && (prunes || removals.Length == 0) && removals.All(step => step.Key!.WorkspaceId is not null && providers.Contains(step.Key.Provider));
    });

    [Fact]
    public void Two_rows_for_one_key_are_refused_both()
    {
        ByokKey key = Key("openai", "a", disabled: false, label: "sk-...0001");
        DesiredKey[] rows = [new(1) { Id = key.Id }, new(2) { Provider = "OpenAI", Name = "a" }];

        SyncStep[] plan = [.. SyncPlan.Make(rows, [key], rotatesAll: false, prunes: true)];

        Assert.All(plan, step => Assert.Equal(ByokSyncAction.Failed, step.Action));
        Assert.Equal(2, plan.Length);
    }

    [Fact]
    public void A_raw_key_is_sent_where_the_label_does_not_fit_or_cannot_tell_or_all_are_rotated()
    {
        ByokKey key = Key("openai", "a", disabled: false, label: "sk-...0001");
        ByokSyncAction With(bool? fits, bool rotatesAll) =>
            Assert.Single(SyncPlan.Make([new(1) { Id = key.Id, RawKey = new RawKey(fits) }], [key], rotatesAll, prunes: false)).Action;

        Assert.Equal(ByokSyncAction.Unchanged, With(true, rotatesAll: false));
        Assert.Equal(ByokSyncAction.Rotated, With(false, rotatesAll: false));
        Assert.Equal(ByokSyncAction.Rotated, With(null, rotatesAll: false));
        Assert.Equal(ByokSyncAction.Rotated, With(true, rotatesAll: true));
    }

    [Fact]
    public void An_ambiguous_row_fails_and_protects_every_key_that_it_may_mean()
    {
        ByokKey[] keys = [Key("openai", "a", false, "sk-...0001"), Key("openai", "a", false, "sk-...0002"), Key("openai", "b", false, "sk-...0003")];

        SyncStep[] plan = [.. SyncPlan.Make([new(1) { Provider = "openai", Name = "a" }], keys, rotatesAll: false, prunes: true)];

        Assert.Equal([ByokSyncAction.Failed, ByokSyncAction.Removed], plan.Select(step => step.Action));
        Assert.Equal(keys[2].Id, plan[1].Key!.Id);
    }

    [Fact]
    public void A_row_by_name_fails_where_another_row_gives_its_key_that_name()
    {
        ByokKey renamed = Key("openai", "a", disabled: false, label: "sk-...0001");
        ByokKey other = Key("openai", "b", disabled: false, label: "sk-...0002");
        DesiredKey[] rows = [new(1) { Id = renamed.Id, Settings = new ByokKeySettings().Set(KeyFields.Name, "b") }, new(2) { Provider = "openai", Name = "b", RawKey = new RawKey(false) }];

        Assert.Equal([ByokSyncAction.Changed, ByokSyncAction.Failed], SyncPlan.Make(rows, [renamed], rotatesAll: false, prunes: false).Select(step => step.Action));
        Assert.Equal([ByokSyncAction.Changed, ByokSyncAction.Failed], SyncPlan.Make(rows, [renamed, other], rotatesAll: false, prunes: true).Select(step => step.Action));
    }

    [Fact]
    public void A_row_that_names_another_provider_than_its_key_has_fails()
    {
        ByokKey key = Key("openai", "a", disabled: false, label: "sk-...0001");

        SyncStep step = Assert.Single(SyncPlan.Make([new(1) { Id = key.Id, Provider = "anthropic" }], [key], rotatesAll: false, prunes: false));

        Assert.Equal(ByokSyncAction.Failed, step.Action);
    }

    [Fact]
    public void A_region_that_a_rotation_would_clear_is_sent_again_or_shown()
    {
        ByokKey key = Key("openai", "a", disabled: false, label: "sk-...0001") with { DeclaredRegion = "global" };
        SyncStep With(ByokKeySettings settings) =>
            Assert.Single(SyncPlan.Make([new(1) { Id = key.Id, Settings = settings, RawKey = new RawKey(false) }], [key], rotatesAll: false, prunes: false));

        SyncStep given = With(new ByokKeySettings().Set(KeyFields.DeclaredRegion, "global"));
        Assert.Equal(KeyFields.DeclaredRegion, given.Kept);
        Assert.Empty(given.Differences);

        SyncStep left = With(new ByokKeySettings());
        Assert.Null(left.Kept);
        Assert.Equal(new KeyDifference("DeclaredRegion", "global", null), Assert.Single(left.Differences));
    }

    [Fact]
    public void A_raw_key_of_the_wrong_form_fails_in_the_plan_unless_it_is_in_place()
    {
        ByokKey key = Key("openai", "a", disabled: false, label: "sk-...0001");
        ByokSyncAction With(bool? fits, string name) =>
            Assert.Single(SyncPlan.Make([new(1) { Provider = "openai", Name = name, RawKey = new RawKey(fits, isWrong: true) }], [key], rotatesAll: false, prunes: false)).Action;

        Assert.Equal(ByokSyncAction.Failed, With(false, "a"));
        Assert.Equal(ByokSyncAction.Failed, With(false, "new"));
        Assert.Equal(ByokSyncAction.Unchanged, With(true, "a"));
    }

    [Fact]
    public void A_row_without_a_workspace_means_a_key_of_the_default_workspace_alone()
    {
        ByokKey mine = Key("openai", "a", disabled: false, label: "sk-...0001");
        ByokKey other = mine with { Id = Guid.NewGuid().ToString(), WorkspaceId = "22222222-2222-3333-4444-555555555555" };
        SyncStep With(params ByokKey[] listed) =>
            Assert.Single(SyncPlan.Make([new(1) { Provider = "openai", Name = "a" }], listed, rotatesAll: false, prunes: false, new HashSet<string> { mine.Id }));

        Assert.Equal(mine.Id, With(other, mine).Key!.Id);
        Assert.Equal(ByokSyncAction.Failed, With(other).Action);
    }

    [Fact]
    public void A_row_that_names_another_workspace_than_its_key_has_fails()
    {
        ByokKey key = Key("openai", "a", disabled: false, label: "sk-...0001");
        ByokSyncAction With(bool gives) =>
            Assert.Single(SyncPlan.Make([new(1) { Id = key.Id, WorkspaceId = "22222222-2222-3333-4444-555555555555", GivesWorkspace = gives }], [key], rotatesAll: false, prunes: false)).Action;

        Assert.Equal(ByokSyncAction.Failed, With(gives: true));
        Assert.Equal(ByokSyncAction.Unchanged, With(gives: false));
    }

    [Fact]
    public void Raw_keys_are_read_one_by_one_as_the_steps_are_taken()
    {
        int read = 0;
        ByokKey[] keys = [.. Enumerable.Range(0, 3).Select(at => Key("openai", $"{at}", disabled: false, label: "sk-...0001"))];
        DesiredKey[] rows = [.. keys.Select((key, at) => new DesiredKey(at + 1) { Id = key.Id, RawKey = new CountedRawKey(() => read++) })];

        using IEnumerator<SyncStep> steps = SyncPlan.Make(rows, keys, rotatesAll: false, prunes: false).GetEnumerator();

        Assert.Equal(0, read);
        Assert.True(steps.MoveNext());
        Assert.Equal(1, read);
    }

    private static void Check(ulong seed, Func<ByokKey[], DesiredKey[], bool, bool> property)
    {
        Gen<ByokKey> key =
            from provider in Gen.Elements(Providers)
            from name in Gen.Elements(Names)
            from disabled in Gen.Elements(true, false)
            from isGlobal in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
            select Key(provider, name, disabled, "sk-...0000", isGlobal);
        Gen<Func<long, ByokKey[], DesiredKey>> row =
            from provider in Gen.Elements(Providers)
            from name in Gen.Elements(Names)
            from place in Gen.Choose(-10, 9)
            from isRenamed in Gen.Elements(true, false)
            from disabled in Gen.Elements<bool?>(null, true, false)
            from models in Gen.Elements("left", "cleared", "m", "m;n")
            from fits in Gen.Elements<bool?>(null, true, false)
            from hasKey in Gen.Elements(true, false)
            select (Func<long, ByokKey[], DesiredKey>)((number, keys) =>
            {
                // About half of the rows have an id; they can rename their keys.
                string? id = place < 0 || keys.Length == 0 ? null : keys[place % keys.Length].Id;
                var settings = new ByokKeySettings();
                settings = id is null || isRenamed ? settings.Set(KeyFields.Name, name) : settings;
                settings = disabled is { } value ? settings.Set(KeyFields.Disabled, value) : settings;
                settings = models == "left" ? settings : settings.Set(KeyFields.AllowedModels, models == "cleared" ? null : AllowList.Parse(models));
                return new DesiredKey(number)
                {
                    Id = id,
                    Provider = id is null ? provider : null,
                    Name = name,
                    WorkspaceId = Workspace,
                    Settings = settings,
                    RawKey = hasKey ? new RawKey(fits) : null,
                };
            });
        var cases =
            from keys in key.ArrayOf()
            from makers in row.ArrayOf()
            from prunes in Gen.Elements(true, false)
            select (Keys: keys, Rows: makers.Select((make, at) => make(at + 1, keys)).ToArray(), Prunes: prunes);
        Config config = Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(seed, 3);
        Prop.ForAll(cases.ToArbitrary(), test => property(test.Keys, test.Rows, test.Prunes)).Check(config);
    }

    private static ByokKey Key(string provider, string name, bool disabled, string label, bool isGlobal = false) => new()
    {
        Id = Guid.NewGuid().ToString(),
        Provider = provider,
        Name = name,
        Disabled = disabled,
        Label = label,
        WorkspaceId = isGlobal ? null : Workspace,
    };

    /// <summary>The state of the account after the plan was applied.</summary>
    private static List<ByokKey> Apply(IReadOnlyList<SyncStep> plan, ByokKey[] keys)
    {
        var after = keys.ToDictionary(key => key.Id);
        foreach (SyncStep step in plan)
        {
            switch (step.Action)
            {
                case ByokSyncAction.Removed:
                    after.Remove(step.Key!.Id);
                    break;
                case ByokSyncAction.Created:
                    ByokKey created = Key(step.Desired!.Provider!, step.Desired.Name!, disabled: false, "sk-...new");
                    foreach (KeyValuePair<KeyField, object?> setting in step.Desired.Settings)
                    {
                        Set(created, setting.Key.Name, setting.Value);
                    }

                    ((RawKey)step.Desired.RawKey!).IsInPlace = true;
                    after.Add(created.Id, created);
                    break;
                case ByokSyncAction.Changed or ByokSyncAction.Rotated:
                    ByokKey changed = step.Key! with { };
                    foreach (KeyDifference difference in step.Differences)
                    {
                        Set(changed, difference.Name, difference.New);
                    }

                    if (step.Action == ByokSyncAction.Rotated)
                    {
                        ((RawKey)step.Desired!.RawKey!).IsInPlace = true;
                    }

                    after[changed.Id] = changed;
                    break;
            }
        }

        return [.. after.Values];
    }

    private static void Set(ByokKey key, string field, object? value) => typeof(ByokKey).GetProperty(field)!.SetValue(key, value);

    private sealed class RawKey(bool? fits, string? derived = null, bool isWrong = false) : IDesiredRawKey
    {
        internal bool IsInPlace { get; set; }

        public bool? Fits(string? label) => IsInPlace ? true : fits;

        public void Check(string? provider)
        {
            if (isWrong)
            {
                throw new ByokApiException(ByokErrorKind.BadRequest, "The raw key has the wrong form.");
            }
        }

        public KeyDifference? FindRegionChange(string? provider, string? region) => derived == region ? null : new KeyDifference("DeclaredRegion", region, derived);
    }

    private sealed class CountedRawKey(Action onRead) : IDesiredRawKey
    {
        public bool? Fits(string? label)
        {
            onRead();
            return true;
        }

        public void Check(string? provider) => throw new InvalidOperationException("A raw key that is in place is not checked.");

        public KeyDifference? FindRegionChange(string? provider, string? region) => throw new InvalidOperationException("A raw key that is in place changes no region.");
    }
}
