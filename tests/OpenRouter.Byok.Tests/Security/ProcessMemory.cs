using System.Globalization;
using System.Text;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>Reads the writable memory of another process.</summary>
internal static class ProcessMemory
{
    /// <summary>Whether this system lets a process read its child's memory.</summary>
    internal static bool CanBeRead => OperatingSystem.IsLinux() && Directory.Exists("/proc/self");

    /// <summary>How often each text is in the memory of a process.</summary>
    internal static IReadOnlyList<Copies> Count(int process, params IReadOnlyList<string> texts)
    {
        byte[][] needles = [.. texts.SelectMany(text => new[] { Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text) })];
        int[] found = new int[needles.Length];
        int overlap = needles.Max(needle => needle.Length) - 1;
        byte[] buffer = new byte[overlap + (4 << 20)];
        using FileStream memory = new($"/proc/{process}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        foreach ((long start, long end) in WritableRegions(process))
        {
            // The end of the last piece is put before the next one, so that no text on the border is missed.
            int kept = 0;
            for (long at = start; at < end;)
            {
                int read;
                try
                {
                    memory.Position = at;
                    read = memory.Read(buffer, kept, (int)Math.Min(buffer.Length - kept, end - at));
                }
                catch (IOException)
                {
                    // A page that cannot be read: a device, or released since the list was made.
                    at += Environment.SystemPageSize;
                    kept = 0;
                    continue;
                }

                if (read <= 0)
                {
                    break;
                }

                Span<byte> piece = buffer.AsSpan(0, kept + read);
                for (int needle = 0; needle < needles.Length; needle++)
                {
                    found[needle] += CountIn(piece, needles[needle], kept);
                }

                at += read;
                kept = Math.Min(overlap, piece.Length);
                piece[^kept..].CopyTo(buffer);
            }
        }

        return [.. texts.Select((_, text) => new Copies(found[2 * text], found[(2 * text) + 1]))];
    }

    private static int CountIn(ReadOnlySpan<byte> piece, byte[] needle, int seenBefore)
    {
        int count = 0;
        for (int from = 0; piece[from..].IndexOf(needle) is >= 0 and int at; from += at + 1)
        {
            // A text that ends in the previous part was counted there.
            count += from + at + needle.Length > seenBefore ? 1 : 0;
        }

        return count;
    }

    private static List<(long Start, long End)> WritableRegions(int process)
    {
        var regions = new List<(long Start, long End)>();
        foreach (string line in File.ReadLines($"/proc/{process}/maps"))
        {
            string[] words = line.Split(' ', 3);
            string[] borders = words[0].Split('-');
            if (words[1].StartsWith("rw", StringComparison.Ordinal))
            {
                regions.Add((long.Parse(borders[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), long.Parse(borders[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
            }
        }

        return regions;
    }

    /// <summary>How often a text was found.</summary>
    /// <param name="Utf8">As UTF-8.</param>
    /// <param name="Utf16">As UTF-16.</param>
    internal readonly record struct Copies(int Utf8, int Utf16);
}
