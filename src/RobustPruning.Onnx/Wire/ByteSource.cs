using Microsoft.Win32.SafeHandles;

namespace RobustPruning.Onnx.Wire;

/// <summary>An open file whose bytes are read where they are wanted, never all at once.</summary>
internal sealed class ByteSource : IDisposable
{
    private readonly SafeFileHandle _handle;

    /// <summary>Opens a file.</summary>
    /// <exception cref="OnnxException">It cannot be read.</exception>
    public ByteSource(string path)
    {
        Path = path;
        try
        {
            _handle = File.OpenHandle(path);
            Length = RandomAccess.GetLength(_handle);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            _handle?.Dispose();
            throw new OnnxException($"it cannot be read. {error.Message}", error) { Path = path };
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>Fills a buffer from a place on.</summary>
    /// <exception cref="OnnxException">The file ends before.</exception>
    public void Read(long offset, Span<byte> into)
    {
        while (into.Length > 0)
        {
            var count = RandomAccess.Read(_handle, into, offset);
            if (count == 0)
                throw new OnnxException($"it ends at byte {offset}, within the values of a tensor.") { Path = Path };
            offset += count;
            into = into[count..];
        }
    }

    /// <summary>The bytes from a place on, as a stream whose position counts from the file's beginning.</summary>
    public Stream From(long offset) => new Section(_handle, offset);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    // A FileStream would own the handle.
    private sealed class Section(SafeFileHandle handle, long offset) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => offset; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int start, int count) => Read(buffer.AsSpan(start, count));

        public override int Read(Span<byte> buffer)
        {
            var count = RandomAccess.Read(handle, buffer, offset);
            offset += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long distance, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int start, int count) => throw new NotSupportedException();
    }
}
