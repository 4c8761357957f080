using System.Globalization;
using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>Records of one pipeline overlap, and what they say comes out in the order of the input.</summary>
public sealed class CommandRunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stopping_does_not_wait_for_a_file_that_hangs()
    {
        using var answered = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        using var run = new CommandRun(new PipelineLog(), "Testing", 1);
        Task reading = Task.Run(
            () => run.WaitFor(() =>
            {
                begun.Set();
                answered.Wait(Token);
                return 1;
            }),
            Token);
        begun.Wait(Token);
        run.Stop();
        await Assert.ThrowsAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(20), Token));
        answered.Set();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(64)]
    public void Results_and_errors_come_out_in_input_order_and_no_more_than_allowed_run_at_once(int throttle)
    {
        var pipeline = new PipelineLog();
        var random = new Random(throttle);
        int running = 0;
        int most = 0;
        using var run = new CommandRun(pipeline, "Testing", throttle);
        for (int row = 0; row < 300; row++)
        {
            int number = row;
            int pause = random.Next(4);
            pipeline.ShouldProcess(Text(number), "test");
            run.Start(
                async (output, stop) =>
                {
                    InterlockedMax(ref most, Interlocked.Increment(ref running));
                    await Task.Delay(pause, stop);
                    Interlocked.Decrement(ref running);
                    if (number % 7 == 3)
                    {
                        throw Error(ByokErrorKind.NotFound);
                    }

                    await output.WriteAsync(number);
                },
                Text(number));
        }

        run.Complete();
        Assert.Equal(
            Enumerable.Range(0, 300).Select(row => row % 7 == 3 ? $"!ByokNotFound {row}" : Text(row)),
            pipeline.Events.Where(said => !said.StartsWith("ask", StringComparison.Ordinal)));
        Assert.InRange(most, 1, throttle);
        Assert.True(throttle == 1 || most > 1, "Nothing ran side by side.");
        Assert.False(pipeline.WasCalledFromElsewhere);

        // A question comes in input order, and results stream: no more than the window is taken up before they come out.
        Assert.Equal(Enumerable.Range(0, 300).Select(row => $"ask {row}"), pipeline.Events.Where(said => said.StartsWith("ask", StringComparison.Ordinal)));
        for (int row = 0; row < 300; row++)
        {
            int asked = pipeline.Events.IndexOf($"ask {row}");
            Assert.True(pipeline.Events.Take(asked).Count(said => !said.StartsWith("ask", StringComparison.Ordinal)) >= row - (4 * throttle));
        }
    }

    [Fact]
    public void A_slow_record_holds_up_what_comes_out_and_not_what_runs()
    {
        var pipeline = new PipelineLog();
        using var others = new CountdownEvent(5);
        using var run = new CommandRun(pipeline, "Testing", throttleLimit: 2);
        run.Start(async (output, _) =>
        {
            await Task.Run(() => others.Wait(Token), Token);
            await output.WriteAsync("slow");
        }, null);
        for (int row = 0; row < 5; row++)
        {
            run.Start(async (output, _) =>
            {
                await output.WriteAsync("quick");
                others.Signal();
            }, null);
        }

        run.Complete();
        Assert.Equal(["slow", "quick", "quick", "quick", "quick", "quick"], pipeline.Events);
    }

    [Fact]
    public void Stopping_on_an_error_begins_nothing_new_lets_the_rest_finish_and_says_how_many_were_done()
    {
        var pipeline = new PipelineLog { StopsOnError = true };
        int begun = 0;
        int finished = 0;
        using var run = new CommandRun(pipeline, "Testing", throttleLimit: 4);
        Assert.Throws<PipelineEndedException>(() =>
        {
            for (int row = 0; row < 100; row++)
            {
                int number = row;
                run.Start(
                    async (output, stop) =>
                    {
                        Interlocked.Increment(ref begun);
                        await Task.Delay(number == 2 ? 20 : 40, stop);
                        if (number == 2)
                        {
                            throw Error(ByokErrorKind.BadRequest);
                        }

                        Interlocked.Increment(ref finished);
                        await output.WriteAsync(number);
                    },
                    Text(number));
            }

            run.Complete();
        });
        int begunThen = begun;
        Thread.Sleep(100);

        Assert.Equal(begunThen, begun);
        Assert.Equal(begun - 1, finished);
        Assert.Equal(finished, pipeline.Objects.Count());
        Assert.Contains(pipeline.Events, said => said.StartsWith($"? The command ends early: {finished} done, 1 failed,", StringComparison.Ordinal));
        Assert.Equal("!ByokBadRequest 2", pipeline.Events[^1]);
    }

    [Fact]
    public void A_wrong_key_ends_the_command_with_one_error()
    {
        var pipeline = new PipelineLog();
        using var run = new CommandRun(pipeline, "Testing", throttleLimit: 8);
        var another = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.Throws<PipelineEndedException>(() =>
        {
            for (int row = 0; row < 100; row++)
            {
                bool isFirst = row == 0;
                run.Start(
                    async (_, _) =>
                    {
                        // The first one fails when another one is under way too.
                        if (!isFirst)
                        {
                            another.TrySetResult();
                        }

                        await another.Task;
                        throw Error(ByokErrorKind.Unauthorized, ends: true);
                    },
                    Text(row));
            }

            run.Complete();
        });

        Assert.Single(pipeline.Events, said => said[0] == '!');
        Assert.Single(pipeline.Events, said => said[0] == '?');
    }

    [Fact]
    public async Task Whoever_takes_enough_objects_stops_everything_at_once()
    {
        var pipeline = new PipelineLog { OnObject = _ => throw new PipelineEndedException() };
        int begun = 0;
        var isWaiting = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();

        // Not disposed of yet: the engine does that only when the whole pipeline is over.
        using var run = new CommandRun(pipeline, "Testing", throttleLimit: 2);
        Assert.Throws<PipelineEndedException>(() =>
        {
            run.Start(async (output, _) =>
            {
                await isWaiting.Task;
                await output.WriteAsync("first");
            }, null);
            run.Start(async (_, stop) =>
            {
                isWaiting.SetResult();
                try
                {
                    await Task.Delay(Timeout.Infinite, stop);
                }
                finally
                {
                    stopped.TrySetResult();
                }
            }, null);
            for (int row = 0; row < 20; row++)
            {
                run.Start((_, stop) =>
                {
                    Interlocked.Increment(ref begun);
                    return Task.Delay(Timeout.Infinite, stop);
                }, null);
            }

            run.Complete();
        });

        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        await Task.Delay(50, Token);

        // Only the first record's slot was free for another before the stop.
        Assert.InRange(Volatile.Read(ref begun), 0, 1);
        Assert.Single(pipeline.Events);
    }

    [Fact]
    public async Task A_stop_ends_the_wait_of_the_pipeline_at_once_and_begins_nothing_more()
    {
        var pipeline = new PipelineLog();
        int begun = 0;
        int ended = 0;
        CommandRun? run = null;
        var isWaiting = new TaskCompletionSource();
        Task pipelineThread = Task.Factory.StartNew(
            () =>
            {
                using var started = run = new CommandRun(pipeline, "Testing", throttleLimit: 4);
                for (int row = 0; row < 100; row++)
                {
                    run.Start(
                        async (_, stop) =>
                        {
                            if (Interlocked.Increment(ref begun) == 4)
                            {
                                isWaiting.SetResult();
                            }

                            try
                            {
                                await Task.Delay(Timeout.Infinite, stop);
                            }
                            finally
                            {
                                Interlocked.Increment(ref ended);
                            }
                        },
                        null);
                }
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await isWaiting.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);

        run!.Stop();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipelineThread.WaitAsync(TimeSpan.FromSeconds(10), Token));
        await Wait.UntilAsync(() => Volatile.Read(ref ended) == 4);

        Assert.Equal(4, begun);
        Assert.Empty(pipeline.Events);
    }

    [Fact]
    public void Work_longer_than_a_second_shows_how_far_it_is_and_shorter_work_shows_nothing()
    {
        var pipeline = new PipelineLog();
        var time = TimeSpan.Zero;
        var meter = new ProgressMeter("Testing", () => time) { Done = 5 };
        meter.Show(pipeline);
        meter.Complete(pipeline);
        Assert.Empty(pipeline.Progress);

        meter.Total = 40;
        meter.Failed = 5;
        time = TimeSpan.FromSeconds(2);
        meter.Show(pipeline);
        meter.Show(pipeline);
        ProgressReport report = Assert.Single(pipeline.Progress);
        Assert.Equal("5 of 40 done, 5 failed, 5 per second", report.Status);
        Assert.Equal(25, report.PercentComplete);
        Assert.Equal(6, report.SecondsRemaining);

        time += ProgressMeter.Interval;
        meter.Total = null;
        meter.Show(pipeline);
        Assert.Equal((-1, -1), (pipeline.Progress[^1].PercentComplete, pipeline.Progress[^1].SecondsRemaining));
        meter.Complete(pipeline);
        Assert.True(pipeline.Progress[^1].IsCompleted);
        Assert.Equal(3, pipeline.Progress.Count);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static ByokApiException Error(ByokErrorKind kind, bool ends = false) => new(kind, $"A failure of the kind {kind}.") { EndsTheCommand = ends };

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref most)) && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
