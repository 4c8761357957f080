using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A command that ends early says what was done, and begins nothing more.</summary>
public sealed class EndingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Something_unexpected_lets_what_is_under_way_finish_and_come_out_first()
    {
        var pipeline = new PipelineLog();
        using var run = new CommandRun(pipeline, "Testing", throttleLimit: 2);
        using var isUnderWay = new ManualResetEventSlim();
        Assert.Throws<InvalidTimeZoneException>(() =>
        {
            run.Start(
                (_, _) =>
                {
                    isUnderWay.Wait(Token);
                    throw new InvalidTimeZoneException();
                },
                "bad");
            run.Start(
                async (output, stop) =>
                {
                    isUnderWay.Set();
                    await Task.Delay(50, stop);
                    await output.WriteAsync("good");
                },
                "good");
            run.Complete();
        });

        Assert.Equal(["good", "? The command ends early: 1 done, 1 failed, 0 of those already taken up not begun or not finished."], pipeline.Events);
    }

    [Fact]
    public void A_record_that_was_refused_is_a_failure_also_where_the_command_ends_early()
    {
        var pipeline = new PipelineLog { StopsOnError = true };
        using var run = new CommandRun(pipeline, "Testing", throttleLimit: 4);
        using var isTakenUp = new ManualResetEventSlim();
        Assert.Throws<PipelineEndedException>(() =>
        {
            run.Start(
                (_, _) =>
                {
                    isTakenUp.Wait(Token);
                    throw new ByokApiException(ByokErrorKind.NotFound, "It is not there.");
                },
                "first");
            run.Fail(CmdletError.BadInput("It is refused.", "second"));
            isTakenUp.Set();
            run.Complete();
        });

        Assert.Equal(["? It is refused.", "? The command ends early: 0 done, 2 failed, 0 of those already taken up not begun or not finished.", "!ByokNotFound first"], pipeline.Events);
    }

    [Fact]
    public void An_open_question_is_not_asked_any_more_where_the_command_ends_and_nothing_is_sent_for_it()
    {
        var pipeline = new PipelineLog { StopsOnError = true };
        int sent = 0;
        using var run = new CommandRun(pipeline, "Testing", throttleLimit: 4);
        using var isWaiting = new CountdownEvent(3);
        Assert.Throws<PipelineEndedException>(() =>
        {
            run.Start(
                (_, _) =>
                {
                    isWaiting.Wait(Token);
                    throw new ByokApiException(ByokErrorKind.NotFound, "It is not there.");
                },
                "first");
            for (int row = 0; row < 3; row++)
            {
                run.Start(
                    async (output, _) =>
                    {
                        Task<bool> answer = output.ShouldProcessAsync("Change it.", "Change it?", "it");
                        isWaiting.Signal();
                        if (await answer)
                        {
                            Interlocked.Increment(ref sent);
                        }
                    },
                    "another");
            }

            run.Complete();
        });

        Assert.Equal(0, sent);
        Assert.Equal(["? The command ends early: 0 done, 1 failed, 3 of those already taken up not begun or not finished.", "!ByokNotFound first"], pipeline.Events);
    }

    [Fact]
    public async Task What_a_record_owns_is_disposed_of_whether_its_work_ends_well_badly_or_never_begins()
    {
        var pipeline = new PipelineLog { StopsOnError = true };
        var owned = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        using var areTakenUp = new ManualResetEventSlim();
        using var run = new CommandRun(pipeline, "Testing", throttleLimit: 1);
        Assert.Throws<PipelineEndedException>(() =>
        {
            for (int row = 0; row < owned.Length; row++)
            {
                int number = row;
                run.Start(
                    (_, _) =>
                    {
                        if (number == 0)
                        {
                            return Task.CompletedTask;
                        }

                        areTakenUp.Wait(Token);
                        throw new ByokApiException(ByokErrorKind.NotFound, "It is not there.");
                    },
                    number,
                    new Disposal(owned[number]));
            }

            areTakenUp.Set();
            run.Complete();
        });

        await Task.WhenAll(owned.Select(source => source.Task)).WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public void Where_nobody_takes_more_changes_under_way_finish_and_are_named_and_nothing_new_begins()
    {
        var pipeline = new PipelineLog { OnObject = _ => throw new PipelineEndedException() };
        using var run = new CommandRun(pipeline, "Testing", throttleLimit: 3) { IsChanging = true };
        using var isReady = new CountdownEvent(3);
        Assert.Throws<PipelineEndedException>(() =>
        {
            run.Start(
                async (output, _) =>
                {
                    isReady.Wait(Token);
                    await output.WriteAsync("first");
                    await UntilClosed(run);
                },
                "first");
            foreach (string name in new[] { "second", "third" })
            {
                run.Start(
                    async (output, stop) =>
                    {
                        isReady.Signal();
                        await UntilClosed(run);
                        stop.ThrowIfCancellationRequested();
                        if (name == "third")
                        {
                            throw new ByokApiException(ByokErrorKind.Conflict, "It is there already.");
                        }

                        await output.WriteAsync(name);
                    },
                    name);
            }

            for (int row = 0; row < 5; row++)
            {
                run.Start((output, _) => output.WriteAsync("late").AsTask(), "late");
            }

            isReady.Signal();
            run.Complete();
        });

        Assert.Equal(
            [
                "first",
                "? It is there already.",
                "? The command ends early: 2 done, 1 failed, 5 of those already taken up not begun or not finished. Done but not passed on: second.",
            ],
            pipeline.Events);
    }

    private static async Task UntilClosed(CommandRun run)
    {
        for (bool isClosed = false; !isClosed;)
        {
            await Task.Delay(5, Token);
            lock (run.Lock)
            {
                isClosed = run.IsClosed;
            }
        }
    }

    private sealed class Disposal(TaskCompletionSource source) : IDisposable
    {
        public void Dispose() => source.TrySetResult();
    }
}
