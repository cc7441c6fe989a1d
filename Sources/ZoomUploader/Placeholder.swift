// ZoomUploader
