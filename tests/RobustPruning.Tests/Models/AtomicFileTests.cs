using RobustPruning.Certification;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Models;

[TestFixture]
internal sealed class AtomicFileTests
{
    private string _folder = null!;

    [SetUp]
    public void Create() => _folder = Directory.CreateTempSubdirectory("atomic-").FullName;

    [TearDown]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void WritersOfOneCertificateDoNotMeetAndReadersSeeAWholeOne()
    {
        using var network = Cnn7.Create(new Cnn7Options(3, 8, 8, 2, 0.05));
        using var certifier = new Certifier(network, SemanticSet.Of(new Brightness(-0.01, 0.01)), 1);
        using var image = rand(3, 8, 8);
        var certificate = certifier.Certify(image);
        var path = Path.Combine(_folder, "certificate.json");
        certificate.Save(path);
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number =>
        {
            if (number % 2 == 0)
                certificate.Save(path);
            else
                Assert.That(Certificate.Load(path).ImageDigest, Is.EqualTo(certificate.ImageDigest));
        });
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void AWriterThatFailsLeavesWhatWasThere()
    {
        var path = Path.Combine(_folder, "file");
        AtomicFile.Write(path, [1, 2, 3]);
        Assert.That(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(9);
            throw new InvalidDataException("no more");
        }), Throws.InstanceOf<InvalidDataException>());
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1));
    }

    [Test]
    public void AFolderThatCannotBeMadeIsNamed()
    {
        var path = Path.Combine(_folder, "file");
        File.WriteAllText(path, "in the way");
        Assert.That(
            () => AtomicFile.Write(Path.Combine(path, "below"), [1]),
            Throws.InstanceOf<IOException>().With.Message.Contains(Path.Combine(path, "below")));
    }
}
