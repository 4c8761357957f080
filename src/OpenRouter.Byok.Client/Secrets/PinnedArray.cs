using System.Runtime.InteropServices;

namespace OpenRouter.Byok.Client;

/// <summary>An array for secrets: the garbage collector never copies it, and it is cleared when it is no longer needed.</summary>
internal sealed class PinnedArray<T> : IDisposable
    where T : unmanaged
{
    private GCHandle _pin;

    internal PinnedArray(int length)
    {
        Array = new T[length];
        _pin = GCHandle.Alloc(Array, GCHandleType.Pinned);
    }

    internal T[] Array { get; }

    public void Dispose()
    {
        if (_pin.IsAllocated)
        {
            System.Array.Clear(Array, 0, Array.Length);
            _pin.Free();
        }
    }
}
