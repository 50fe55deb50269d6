namespace RobustPruning.Certification;

/// <summary>A certificate does not hold, or a file is not a certificate that this library can read.</summary>
public sealed class CertificateException : RobustPruningException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="inner">The error underneath, if any.</param>
    public CertificateException(string problem, Exception? inner = null)
        : base(problem, inner)
    {
    }
}
